import type { Difference } from '../model/outcome.ts'
import { groupBy } from './fold.ts'

/** Differences behind the names of their tables, in their order. */
export function byTable(
  differences: readonly Difference[],
): readonly (readonly [table: string, differences: readonly Difference[]])[] {
  return groupBy(differences, ({ table }) => table).map((group) => [group[0].table, group])
}
