import type { HostContext } from '../host/visit.ts'

export interface FleetOptions extends HostContext {
  /** Hosts at once. */
  readonly forks: number
  /** No new host is started; those in flight are finished. */
  readonly stop: AbortSignal
}
