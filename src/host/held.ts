import type { HostResult } from '../model/outcome.ts'
import type { KeptReceipt } from '../remote/receipts.ts'
import { quote } from './endings.ts'
import { baseOf } from './goal.ts'
import type { Look } from './look.ts'
import type { Visit } from './visit.ts'

/** What holds a host. Rules in the other backend, which a rollback may have brought back, are no reason to say less. */
export function holdSeen(seen: Look): KeptReceipt | undefined {
  if (seen.kind === 'objection' && seen.objection.code !== 'other-backend') return undefined
  const { receipt } = seen.examination
  return receipt?.hold === undefined ? undefined : receipt
}

/** How a host ends that is left as a rollback has made it. */
export function held(visit: Visit, receipt: KeptReceipt): HostResult {
  return visit.result(
    'held',
    'on-hold',
    `${heldSentence(receipt)}; a deploy with --release brings it to what the inventory says; nothing was changed`,
  )
}

/** "held since a rollback to generation 4 by alice@laptop at 2026-11-22 14:02 UTC: the new limits turn senders away" */
function heldSentence(receipt: KeptReceipt): string {
  const { at, by, hold = '' } = receipt
  const who = [
    by === undefined ? '' : ` by ${quote(by)}`,
    at === undefined ? '' : ` at ${minuteOf(at)}`,
  ].join('')
  return `held since a rollback to ${generationName(baseOf(receipt))}${who}: ${quote(hold)}`
}

/** To the minute, so that hosts of one run are told together. */
function minuteOf(at: string): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** "generation 4", or what was there before there were any. */
export function generationName(n: number): string {
  return n === 0 ? 'what was there before mailfw' : `generation ${n}`
}
