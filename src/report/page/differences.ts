import { FAMILIES } from '../../model/family.ts'
import type { Difference, HostResult } from '../../model/outcome.ts'
import { removalBlocks } from '../first-deploy/removals.ts'
import { partsOf } from '../parts.ts'
import { CAUSES } from './words.ts'

/** Differences in one place with one cause. */
export interface DifferenceBlock {
  /** `IPv4 live` */
  readonly place: string
  /** In words. */
  readonly cause: string
  /** Of iptables-save: the name of a table stands before its lines. */
  readonly lines: readonly string[]
}

/** What differs on a host, or differed before this run put it right: IPv4 before IPv6, live before saved. */
export function differenceBlocks(result: HostResult): readonly DifferenceBlock[] {
  const causes = CAUSES[result.outcome === 'confirmed' ? 'differed' : 'differs']
  return FAMILIES.flatMap((family) => partsOf(family, result.families[family] ?? {})).flatMap(
    ({ subject, shown }) =>
      runs(shown).map((run) => ({ place: subject, cause: causes[run[0].cause], lines: linesOf(run) })),
  )
}

/** The rules that a first deploy takes away, each block with whose they seem to be. */
export function removalsBlocks(result: HostResult): readonly DifferenceBlock[] {
  return removalBlocks(result).map(({ place, owner, lines }) => ({
    place: `Not in the inventory: ${place}`,
    cause: `seems to be: ${owner}`,
    lines: lines.map((line) => `- ${line}`),
  }))
}

type Run = [Difference, ...Difference[]]

/** The order is that of iptables, so that a cause may have several runs. */
function runs(differences: readonly Difference[]): readonly Run[] {
  const found: Run[] = []
  for (const difference of differences) {
    const run = found.at(-1)
    if (run?.[0].cause === difference.cause) run.push(difference)
    else found.push([difference])
  }
  return found
}

function linesOf(run: Run): readonly string[] {
  return run.flatMap(({ table, line }, index) =>
    table === run[index - 1]?.table ? [line] : [`*${table}`, line],
  )
}
