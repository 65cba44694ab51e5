import { Secret } from '../lib/secret.ts'
import { mergedSetting, withoutRemoved } from './setting-merge.ts'
import type { Variable, Variables } from './variable-set.ts'

const SECRET = /^ansible_\w*pass(?:word|phrase)?$/

const values = new WeakMap<Variable, unknown>()

/** All variables of a host as templates are given them: `mailfw_*` merged, passwords wrapped. */
export function hostVars(variables: Variables): Readonly<Record<string, unknown>> {
  const entries = [...variables].map(([name, variable]) => [name, valueOf(variable)] as const)
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

function valueOf(variable: Variable): unknown {
  if (!values.has(variable)) values.set(variable, finished(variable))
  return values.get(variable)
}

/** Absent for a setting that was removed. */
function finished(variable: Variable): unknown {
  if (variable.name.startsWith('mailfw_')) return withoutRemoved(mergedSetting(variable)) ?? undefined
  const { name, value } = variable
  return SECRET.test(name) && (typeof value === 'string' || typeof value === 'number')
    ? new Secret(String(value))
    : value
}
