import { rememberRecent } from '../lib/recent.ts'
import { parseRuleset } from './parse.ts'
import { ruleWords } from './words.ts'

/**
 * Names of hashlimit tables that live and wanted (`canonical`) share with other parameters, or that wanted itself
 * uses with two kinds of parameters, sorted. The kernel keeps one table a name, over all tables and chains of a
 * family, and reuses it with its old parameters, although save prints the new ones: such a change has no effect.
 */
export function reusedLimitNames(live: string, canonical: string): readonly string[] {
  const old = limits(live)
  return [...limits(canonical)]
    .filter(([name, parameters]) => new Set([...parameters, ...(old.get(name) ?? [])]).size > 1)
    .map(([name]) => name)
    .sort()
}

/** Names of the hashlimit tables that a text uses. */
export function limitNames(text: string): readonly string[] {
  return [...limits(text).keys()]
}

/** The parameters that each name is used with. */
const limits = rememberRecent(limitsIn, 32)

function limitsIn(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>()
  const rules = parseRuleset(text).flatMap((table) => table.chains.flatMap((chain) => chain.rules))
  for (const rule of rules.filter((each) => each.includes('--hashlimit-name'))) {
    for (const { name, parameters } of ruleLimits(rule))
      found.set(name, (found.get(name) ?? new Set()).add(parameters))
  }
  return found
}

interface Limit {
  readonly name: string
  readonly parameters: string
}

/** A rule may carry several limits; each begins with `-m hashlimit`. */
function ruleLimits(rule: string): readonly Limit[] {
  const matches: Map<string, string>[] = []
  const words = ruleWords(rule)
  for (const [index, word] of words.entries()) {
    const next = words[index + 1] ?? ''
    if (word === '-m' && next === 'hashlimit') matches.push(new Map())
    else if (word.startsWith('--hashlimit-'))
      matches.at(-1)?.set(parameterName(word), next.startsWith('-') ? '' : next)
  }
  return matches.map((match) => {
    const { name = '', ...parameters } = Object.fromEntries(match)
    return { name, parameters: JSON.stringify(Object.entries(parameters).sort()) }
  })
}

/** Whether a rule matches below or above the rate is the rule's own affair, the rate is the table's. */
function parameterName(option: string): string {
  return option.replace('--hashlimit-', '').replace(/^(?:upto|above)$/, 'rate')
}
