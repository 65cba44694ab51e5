import type { Row, RowId } from './contestant.ts'
import type { Cost } from './cost.ts'
import type { Measured } from './rounds.ts'

/** A figure for wall time and one for the controller's CPU; absent where nothing could be measured. */
export interface Pair {
  readonly wall?: number
  readonly cpu?: number
}

/** A row of the table. */
export interface Result {
  readonly id: RowId
  readonly label: string
  /** Rounds that count. */
  readonly rounds: number
  /** Medians in seconds. */
  readonly seconds: Pair
  /** How many times the row's own floor: medians of the ratios of each round. */
  readonly ofFloor: Pair
  /** How many times what mailfw takes for the same. */
  readonly ofMailfw: Pair
  /** Why there is no figure. */
  readonly problem?: string
}

/** Medians and ratios of all rows, in their order. */
export function resultsOf(measured: readonly Measured[]): readonly Result[] {
  return measured.map(({ row, costs, problem }) => ({
    id: row.id,
    label: row.label,
    rounds: costs.size,
    seconds: pair((kind) => median([...costs.values()].map((cost) => cost[kind]))),
    ofFloor: pair((kind) => ratio(measured, row.id, row.floor, kind)),
    ofMailfw: pair((kind) => ratio(measured, row.id, row.ours, kind)),
    ...(problem === undefined ? {} : { problem }),
  }))
}

/** The median ratio of two rows over the rounds in which both ran; undefined where there is none. */
export function ratio(
  measured: readonly Measured[],
  one: RowId,
  other: RowId | undefined,
  kind: keyof Cost,
): number | undefined {
  const [above, below] = [costsOf(measured, one), costsOf(measured, other)]
  const rounds = [...above.keys()].filter((round) => below.has(round))
  return median(rounds.map((round) => divide(above.get(round)?.[kind], below.get(round)?.[kind])))
}

/** The middle value; undefined where there is none, or where one of them is unknown. */
export function median(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined).sort((a, b) => a - b)
  if (known.length === 0 || known.length < values.length) return undefined
  const middle = known.length / 2
  const around = known.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1)
  return around.reduce((sum, value) => sum + value, 0) / around.length
}

function costsOf(measured: readonly Measured[], id: Row['id'] | undefined): ReadonlyMap<number, Cost> {
  return measured.find(({ row }) => row.id === id)?.costs ?? new Map<number, Cost>()
}

function divide(above: number | undefined, below: number | undefined): number | undefined {
  return above === undefined || below === undefined ? undefined : above / below
}

function pair(figure: (kind: keyof Cost) => number | undefined): Pair {
  const [wall, cpu] = [figure('seconds'), figure('cpuSeconds')]
  return { ...(wall === undefined ? {} : { wall }), ...(cpu === undefined ? {} : { cpu }) }
}
