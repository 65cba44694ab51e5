import type { Contestant, Row } from './contestant.ts'
import type { Cost } from './cost.ts'

/** What became of a row: its cost by round, or the sentence of the first round in which it failed. */
export interface Measured {
  readonly row: Row
  readonly costs: ReadonlyMap<number, Cost>
  readonly problem?: string
}

/** What the rounds need of the world. */
export interface Arena {
  readonly costOf: (row: Row) => Promise<Cost>
  /** Takes every host back to where nobody has been. */
  readonly forget: () => Promise<void>
  /** Throws where a host is not as wanted. */
  readonly expectWanted: () => Promise<void>
  /** Told who is about to run. */
  readonly tell: (sentence: string) => void
}

/**
 * All contestants, round after round on the same hosts, another one first in each, so that what the machine does
 * meanwhile strikes all alike. Round 0 warms up and does not count. A row that fails is not run again, nor are those
 * that follow on it.
 */
export async function runRounds(
  contestants: readonly Contestant[],
  rounds: number,
  arena: Arena,
): Promise<readonly Measured[]> {
  const scores = new Map(contestants.map((contestant) => [contestant, contestant.rows.map(newScore)]))
  for (let round = 0; round <= rounds; round++) {
    for (const contestant of rotated(contestants, round)) {
      if (round > contestant.rounds) continue
      arena.tell(`round ${round} of ${rounds}: ${contestant.name}`)
      await runRows(contestant, scores.get(contestant) ?? [], round, arena)
    }
  }
  return contestants.flatMap((contestant) => (scores.get(contestant) ?? []).map(measured))
}

interface Score {
  readonly row: Row
  readonly costs: Map<number, Cost>
  problem?: string
}

function newScore(row: Row): Score {
  return { row, costs: new Map() }
}

/** A row that failed in one round has no time at all. */
function measured({ row, costs, problem }: Score): Measured {
  return problem === undefined ? { row, costs } : { row, costs: new Map(), problem }
}

async function runRows(
  contestant: Contestant,
  scores: readonly Score[],
  round: number,
  arena: Arena,
): Promise<void> {
  if (contestant.deploys) await arena.forget()
  let failed: Row | undefined
  for (const score of scores) {
    if (failed !== undefined) score.problem ??= `not run, for "${failed.label}" failed`
    if (score.problem === undefined) await runRow(score, contestant, round, arena)
    if (score.problem !== undefined) failed ??= score.row
  }
}

async function runRow(score: Score, { deploys }: Contestant, round: number, arena: Arena): Promise<void> {
  try {
    const cost = await arena.costOf(score.row)
    if (deploys) await arena.expectWanted()
    if (round > 0) score.costs.set(round, cost)
  } catch (error) {
    score.problem = error instanceof Error ? error.message : String(error)
  }
}

function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const start = by % list.length
  return [...list.slice(start), ...list.slice(0, start)]
}
