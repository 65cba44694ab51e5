import type { HostResult } from '../model/outcome.ts'
import type { Receipt } from '../remote/attempt.ts'
import type { KeptReceipt } from '../remote/receipts.ts'
import type { Attempt } from './attempt.ts'
import { undecided } from './attempt.ts'
import { quote } from './endings.ts'
import { generationName } from './held.ts'
import { personOf } from './reverted-by.ts'
import { MENDED_BY_CHANGE } from './rule-findings.ts'
import type { Visit } from './visit.ts'
import { causesOf } from './what-differs.ts'

/** How a host ends whose receipt was read: it is success only for what was wanted. */
export function confirmed(visit: Visit, attempt: Attempt, receipt: Receipt): HostResult {
  const { plan, examination, applied } = attempt
  const expected = plan.expected === 'any' ? applied?.live : plan.expected.sum
  if (expected !== undefined && receipt.live !== expected) {
    return undecided(visit, attempt, 'the receipt of the host is not for what was wanted')
  }
  const seen = examination.session?.clientAddress
  if (receipt.clientAddress !== undefined && seen !== undefined && receipt.clientAddress !== seen) {
    visit.learn({
      findings: [
        {
          code: 'client-address-changed',
          severity: 'info',
          message: `the host saw us come from ${seen} first and from ${receipt.clientAddress} at the confirmation`,
        },
      ],
    })
  }
  return changed(visit, attempt, receipt)
}

/** What was confirmed before, as its receipt on the host tells. */
export function receiptFrom(kept: KeptReceipt, newest: number | undefined): Receipt {
  return {
    live: kept.live ?? '',
    generation: kept.n,
    kept,
    ...(newest !== undefined && newest !== kept.n && { newest }),
  }
}

/** Behind "confirmed": who was quicker than this run. */
export function confirmedBy({ byHand, by }: KeptReceipt): string {
  if (byHand) return ` by hand${by === undefined ? '' : ` by ${quote(by)}`}`
  return ` by the run that made it`
}

/** `4`, or `4, after which generation 5 was made`. */
export function savedAs(kept: KeptReceipt | undefined, newest: number | undefined): string {
  const n = kept?.n ?? newest ?? 0
  return newest === undefined || newest === n ? String(n) : `${n}, after which generation ${newest} was made`
}

/** One of ours whose answer was lost, and which was asked for again, is told as ours. */
function byOther(visit: Visit, { byHand }: Attempt, kept: KeptReceipt | undefined): string {
  if (kept === undefined || (kept.byHand === undefined && byHand === undefined)) return ''
  return byHand && kept.byHand && kept.by === personOf(visit.context.provenance) ? '' : confirmedBy(kept)
}

function changed(visit: Visit, attempt: Attempt, { generation: made, kept, newest }: Receipt): HostResult {
  const generation = newest ?? made
  const as = savedAs(kept ?? { n: made }, newest)
  const by = byOther(visit, attempt, kept)
  // What a person confirmed by hand is not held.
  const { again, hold } = kept ?? attempt.goal.origin
  visit.forget(MENDED_BY_CHANGE)
  if (hold === undefined || newest !== undefined) {
    visit.learn({ generation, hold: undefined })
    const first = made === 1 ? '; generation 0 keeps what was there before' : ''
    const message = `changed, confirmed${by} and saved as generation ${as}${first}${mendedPhrase(attempt)}`
    return visit.result('confirmed', 'deployed', message)
  }
  visit.learn({ generation, hold: { n: generation, ...(again !== undefined && { again }), hold } })
  const back = `rolled back to ${generationName(again ?? made)}`
  const message = `${back}, confirmed${by} and saved as generation ${as}, and held until a deploy --release`
  return visit.result('confirmed', 'rolled-back', message)
}

/** Of a host that was not deployed to before nothing was mended. */
function mendedPhrase({ plan, examination }: Attempt): string {
  const what = examination.generation === undefined ? '' : causesOf(plan)
  return what === '' ? '' : `; what was mended: ${what}`
}
