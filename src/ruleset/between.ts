import { editsOf } from './edits.ts'
import type { Ruleset, Table } from './parse.ts'
import { parseRuleset, ruleLine } from './parse.ts'

/**
 * What is different in `after`, in the words of iptables-save: `*TABLE`, then `- ` before what went and `+ ` before what
 * came. No lines where nothing is.
 */
export function linesBetween(before: string, after: string): readonly string[] {
  const [old, fresh] = [parseRuleset(before), parseRuleset(after)]
  const names = [...new Set([...old, ...fresh].map(({ name }) => name))].sort()
  return names.flatMap((name) => {
    const edits = editsOf({ before: linesOf(old, name), after: linesOf(fresh, name), confirmed: undefined })
    const changes = edits.map(({ sign, line }) => `${sign} ${line}`)
    return changes.length === 0 ? [] : [`*${name}`, ...changes]
  })
}

function linesOf(ruleset: Ruleset, name: string): string[] {
  const chains = ruleset.find((table: Table) => table.name === name)?.chains ?? []
  return [
    ...chains.map((chain) => `:${chain.name} ${chain.policy ?? '-'}`),
    ...chains.flatMap((chain) => chain.rules.map((rule) => ruleLine(chain.name, rule))),
  ]
}
