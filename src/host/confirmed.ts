import type { HostResult } from '../model/outcome.ts'
import type { Receipt } from '../remote/attempt.ts'
import type { Attempt } from './attempt.ts'
import { undecided } from './attempt.ts'
import type { Visit } from './visit.ts'

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
  visit.learn({ generation: receipt.generation })
  const first = receipt.generation === 1 ? '; generation 0 keeps what was there before' : ''
  return visit.result(
    'confirmed',
    'deployed',
    `changed, confirmed and saved as generation ${receipt.generation}${first}`,
  )
}
