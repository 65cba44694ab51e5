import type { Cause } from '../model/outcome.ts'
import type { KeptReceipt } from '../remote/receipts.ts'

/** Why something else is wanted than was confirmed. */
export type Origin = Exclude<Cause, 'host' | 'not-loaded-at-boot'>

/** Who renders now: the version of mailfw, and the hash of what the inventory says for the host. */
export interface Renderer {
  readonly version: string
  readonly settings: string
}

/** By the receipt of the newest generation: other rules for the same settings are another mailfw's. */
export function originOf(receipt: KeptReceipt | undefined, renderer: Renderer): Origin {
  const { version = renderer.version, settings = renderer.settings } = receipt ?? {}
  return version !== renderer.version && settings === renderer.settings ? 'mailfw-version' : 'inventory'
}
