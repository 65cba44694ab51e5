import { byTable } from './by-table.ts'
import type { Colours } from './output.ts'
import type { Part } from './parts.ts'

/** Differences as lines, table by table; where they have several causes, each line's own stands in the margin. */
export function writeDifferences(
  { kind, causes, savedPath, shown }: Part,
  colours: Colours,
): readonly string[] {
  const width = causes.length > 1 ? Math.max(...causes.map((cause) => cause.length)) + GAP : 0
  const place = savedPath === undefined ? '' : ` ${kind === 'both' ? 'live and ' : ''}in ${savedPath}`
  return byTable(shown).flatMap(([table, differences]) => [
    `    ${colours.dim(`*${table}${place}`)}`,
    ...differences.map(({ line, cause }) => {
      const margin = width === 0 ? '' : colours.dim(cause.padEnd(width))
      return `    ${margin}${painted(line, colours)}`
    }),
  ])
}

const GAP = 2

function painted(line: string, colours: Colours): string {
  if (line.startsWith('+')) return colours.green(line)
  if (line.startsWith('-')) return colours.red(line)
  return colours.dim(line)
}
