import type { Row, RowId } from './contestant.ts'
import type { Cost } from './cost.ts'
import type { Measured } from './rounds.ts'

/** A row that took so long in round 1, 2, …; `cpu` is the share of it that the controller's processors worked. */
export function measuredRow(
  id: RowId,
  seconds: readonly number[],
  { cpu, ...links }: { readonly cpu?: number } & Pick<Row, 'floor' | 'ours'> = {},
): Measured {
  const costs = seconds.map((each, index): [number, Cost] => [
    index + 1,
    { seconds: each, cpuSeconds: cpu === undefined ? undefined : each * cpu },
  ])
  return { row: { id, label: `the row ${id}`, command: ['true'], ...links }, costs: new Map(costs) }
}
