/** So many hosts of a run, or a share of them. */
export type HostShare =
  { readonly kind: 'hosts'; readonly count: number } | { readonly kind: 'percent'; readonly percent: number }

/** What a run does with the hosts that have the change already, once too many others did not keep it. */
export const WHEN_EXCEEDED = ['stop', 'rollback'] as const

export type WhenExceeded = (typeof WHEN_EXCEEDED)[number]

/** Hosts of which one batch never holds all: every host of the group in the inventory, selected or not. */
export interface Apart {
  readonly group: string
  readonly hosts: readonly string[]
}

/** What `mailfw_rollout` says; what is absent is for flags and defaults to say. */
export interface Rollout {
  /** How many hosts each batch has; the last one holds for all that come after it. */
  readonly batch?: readonly [HostShare, ...HostShare[]]
  readonly apart?: readonly Apart[]
  readonly maxFailures?: HostShare
  readonly whenExceeded?: WhenExceeded
}
