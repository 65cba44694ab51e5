import type { Chains, ChainVersions, LineChange } from './chain-edits.ts'
import { defaultChain, chainsOf, declarationEdits, lineChange, ruleEdits } from './chain-edits.ts'
import type { Table } from './parse.ts'
import { ruleLine } from './parse.ts'
import type { ChainChange, TableChange } from './table-change.ts'
import { misplacedRules } from './table-change.ts'

/**
 * What a change does to the rules of a table that no other program keeps, in the words of iptables-save: declarations,
 * then rules. A rule that moves goes and comes. Where a foreign rule stands behind ours, a remark says that it will come
 * first. `confirmed` is the table as it was last confirmed, absent where it had none; `nothing` where nothing ever was.
 */
export function describeChange(
  change: TableChange,
  confirmed: Table | undefined | 'nothing',
): readonly LineChange[] {
  const former = confirmed === 'nothing' ? confirmed : chainsOf(confirmed)
  const chains = change.chains.map((chain) => ({ chain, versions: versionsOf(chain, former) }))
  return [
    ...chains.flatMap(({ versions }) =>
      declarationEdits(versions).map((edit) => lineChange(change.name, edit)),
    ),
    ...chains.flatMap(({ chain, versions }) => [
      ...ruleEdits(versions).map((edit) => lineChange(change.name, edit)),
      ...remarks(change.name, chain),
    ]),
  ]
}

function versionsOf(chain: ChainChange, confirmed: Chains | 'nothing'): ChainVersions {
  const { name, builtIn, before, after, policyBefore, policyAfter } = chain
  const ours = before?.filter((rule) => !rule.foreign).map((rule) => rule.text)
  return {
    before: ours && { name, policy: policyBefore, rules: ours },
    after: after && { name, policy: policyAfter, rules: after },
    confirmed: confirmed === 'nothing' ? confirmed : (confirmed.get(name) ?? defaultChain(name, builtIn)),
  }
}

function remarks(table: string, chain: ChainChange): readonly LineChange[] {
  if (chain.places) return placeRemarks(table, chain)
  return misplacedRules(chain).map((rule) => ({
    table,
    line: `# another program's rule stands behind ours, where packets may never reach it; it will come first: ${ruleLine(chain.name, rule.text)}`,
    by: 'host',
  }))
}

function placeRemarks(
  table: string,
  { name, before = [], after, rewritten }: ChainChange,
): readonly LineChange[] {
  const ours = before.filter((rule) => !rule.foreign).map((rule) => rule.text)
  const isSame = ours.length === after?.length && ours.every((text, index) => text === after[index])
  return rewritten && isSame
    ? [
        {
          table,
          line: `# the rules of ${name} get their old places among those of other programs`,
          by: 'wanted',
        },
      ]
    : []
}
