import { parseRuleset, ruleLine } from './parse.ts'
import type { Table } from './parse.ts'

/**
 * The language in which controller and host compare rulesets: what `tables` hold that no other program keeps, one
 * line per fact, sorted bytewise. `foreign` is a `foreignPattern`.
 *
 * - `TABLE CHAIN :POLICY` for a built-in chain whose policy is not ACCEPT,
 * - `TABLE CHAIN :-` for a user chain,
 * - `TABLE CHAIN 000001 RULE` for the first rule of a chain that is not foreign, and so on.
 *
 * So an absent table equals an empty one, and neither counters nor the order of chains count. The host computes
 * the same from iptables-save.
 */
export function normalForm(
  text: string,
  options: { readonly tables: readonly string[]; readonly foreign: string },
): string {
  const foreign = new RegExp(options.foreign)
  return parseRuleset(text)
    .filter((table) => options.tables.includes(table.name))
    .flatMap((table) => tableFacts(table, foreign))
    .sort()
    .map((fact) => `${fact}\n`)
    .join('')
}

function tableFacts(table: Table, foreign: RegExp): readonly string[] {
  return table.chains
    .filter((chain) => !foreign.test(`:${chain.name} ${chain.policy ?? '-'}`))
    .flatMap((chain) => {
      const place = `${table.name} ${chain.name}`
      const policy = chain.policy === 'ACCEPT' ? [] : [`${place} :${chain.policy ?? '-'}`]
      const rules = chain.rules.filter((rule) => !foreign.test(ruleLine(chain.name, rule)))
      return [...policy, ...rules.map((rule, index) => `${place} ${position(index)} ${rule}`)]
    })
}

function position(index: number): string {
  return String(index + 1).padStart(6, '0')
}
