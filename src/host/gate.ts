import type { Code } from '../model/outcome.ts'

/** Stands before the change of a host, and lets so many through as a rollout wants changed at once. */
export interface Gate {
  /** A host that has to be changed comes to it. Absent: it may be changed at once. */
  enter(): Turn | undefined
}

export interface Turn {
  /** Whether the host may wait with its connection open. */
  readonly mayStay: boolean
  /** Resolves when the host may be changed, or to why it is not to be. */
  readonly come: Promise<Barred | undefined>
}

export interface Barred {
  readonly code: Code
  /** A clause. */
  readonly why: string
}
