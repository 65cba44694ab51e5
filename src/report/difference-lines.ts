import type { Cause, Difference } from '../model/outcome.ts'
import { CAUSES } from '../model/outcome.ts'
import { byTable } from './by-table.ts'
import type { Colours } from './output.ts'

/** Differences as lines, table by table; where they have several causes, each line's own stands in the margin. */
export function writeDifferences(differences: readonly Difference[], colours: Colours): readonly string[] {
  const isMixed = new Set(differences.map(({ cause }) => cause)).size > 1
  const margin = (cause?: Cause): string => (isMixed ? colours.dim((cause ?? '').padEnd(MARGIN)) : '')
  return byTable(differences).flatMap(([table, lines]) => [
    `    ${margin()}${colours.dim(`*${table}`)}`,
    ...lines.map(({ line, cause }) => `    ${margin(cause)}${painted(line, colours)}`),
  ])
}

/** As wide as the longest cause, and a gap. */
const MARGIN = Math.max(...CAUSES.map((cause) => cause.length)) + 2

function painted(line: string, colours: Colours): string {
  if (line.startsWith('+')) return colours.green(line)
  if (line.startsWith('-')) return colours.red(line)
  return colours.dim(line)
}
