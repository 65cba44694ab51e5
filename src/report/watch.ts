import type { RunEvent } from '../model/events.ts'
import type { Clock } from './clock.ts'
import type { Output } from './output.ts'
import type { Progress } from './progress.ts'

/** How a run is followed while it lasts. */
export interface Watch {
  readonly event: (event: RunEvent) => void
  /** Shows nothing until `resume`: a question is on the screen. */
  readonly pause: () => void
  readonly resume: () => void
  /** Ends it; nothing of it is left on the screen that would be in the way of what follows. */
  readonly end: () => void
}

export interface WatchOptions {
  readonly command: string
  readonly output: Output
  readonly clock: Clock
  readonly progress: Progress
  /** Whether each remote call is told, with its time. */
  readonly verbose: boolean
}
