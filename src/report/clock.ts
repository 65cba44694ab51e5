/** Time, as an argument: what is shown can be tested without waiting. */
export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Calls `action` each `milliseconds` until the returned function is called; it never keeps the process alive. */
  readonly every: (milliseconds: number, action: () => void) => () => void
}
