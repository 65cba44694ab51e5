import { diffArrays } from 'diff'
import { ruleLine } from './parse.ts'
import type { ChainChange, TableChange } from './table-change.ts'

/**
 * What a change does to the rules that no other program keeps, in the words of iptables-save: the table, then
 * declarations, then rules, `- ` before what goes and `+ ` before what comes. A rule that moves is both. Where a
 * foreign rule stands behind ours, a line with `# ` says that it will come first.
 */
export function describeChange(change: TableChange): string {
  return [
    `*${change.name}`,
    ...change.chains.flatMap(declarationChanges),
    ...change.chains.flatMap((chain) => [...ruleChanges(chain), ...misplacedForeignRules(chain)]),
  ]
    .map((line) => `${line}\n`)
    .join('')
}

/** Differences of more lines than this are shown as all the old rules, then all the new ones: finding the shortest way takes too long. */
const MOST_EDITS = 200

function declarationChanges(chain: ChainChange): readonly string[] {
  const before = declarations(chain.before !== undefined, chain.name, chain.policyBefore)
  const after = declarations(chain.after !== undefined, chain.name, chain.policyAfter)
  return differences(before, after)
}

function declarations(exists: boolean, name: string, policy: string | undefined): readonly string[] {
  return exists ? [`:${name} ${policy ?? '-'}`] : []
}

function ruleChanges(chain: ChainChange): readonly string[] {
  const before = chain.before?.filter((rule) => !rule.foreign).map((rule) => ruleLine(chain.name, rule.text))
  return differences(before ?? [], chain.after?.map((rule) => ruleLine(chain.name, rule)) ?? [])
}

function differences(before: readonly string[], after: readonly string[]): readonly string[] {
  const parts = diffArrays([...before], [...after], { maxEditLength: MOST_EDITS }) ?? [
    { removed: true, added: false, value: before },
    { removed: false, added: true, value: after },
  ]
  return parts.flatMap(({ removed, added, value }) => {
    if (!removed && !added) return []
    return value.map((line) => `${removed ? '-' : '+'} ${line}`)
  })
}

function misplacedForeignRules(chain: ChainChange): readonly string[] {
  const before = chain.before ?? []
  const firstOurs = before.findIndex((rule) => !rule.foreign)
  if (!chain.rewritten || firstOurs < 0) return []
  return before
    .slice(firstOurs)
    .filter((rule) => rule.foreign)
    .map(
      (rule) =>
        `# another program's rule stands behind ours, where packets may never reach it; it will come first: ${ruleLine(chain.name, rule.text)}`,
    )
}
