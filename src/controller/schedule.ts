/** Who keeps the timer: the machine, or one account for itself. */
export const SCOPES = ['system', 'user'] as const

export type Scope = (typeof SCOPES)[number]

/** All that a service and its timer are made of. Every path is absolute. */
export interface Schedule {
  readonly scope: Scope
  readonly inventory: string
  /** As systemd.time(7) has it. */
  readonly onCalendar: string
  /** How much later than that a run may start, so that many controllers do not start at once. */
  readonly delaySeconds: number
  /** What runs: node, our own program, and its words. */
  readonly command: readonly string[]
  /** The words of `mailfw schedule install` that make this schedule again. */
  readonly words: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** The directories that a run writes to. */
  readonly writable: readonly string[]
  /** Whether other programs and accounts read what it writes. */
  readonly isPublished: boolean
  /** Whether a command of the user's own runs, of which nothing can be known. */
  readonly runsOwnCommand: boolean
  /** Whether something that it reads or writes is in /tmp or /var/tmp. */
  readonly usesTemporary: boolean
  /** How long a run may take. */
  readonly startSeconds: number
  /** How long hosts that are being changed may take to be confirmed or reverted when a run is stopped. */
  readonly stopSeconds: number
}
