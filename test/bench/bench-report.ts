import type { Missing } from './contestant.ts'
import type { GoalResult } from './goals.ts'
import type { Machine } from './machine.ts'
import type { Result } from './results.ts'

/** All that a run of the bench found: what `--json` prints. */
export interface BenchReport {
  readonly command: string
  readonly date: string
  readonly machine: Machine
  readonly hosts: number
  /** Hosts at once, the same for all. */
  readonly forks: number
  readonly rows: readonly Result[]
  /** With what each was measured. */
  readonly notes: readonly string[]
  readonly missing: readonly Missing[]
  readonly goals: readonly GoalResult[]
  /** The HTML report of a fleet of its own size: the slowest of the rounds. */
  readonly report: { readonly hosts: number; readonly seconds: number; readonly boundSeconds: number }
}
