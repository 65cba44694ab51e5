import type { HostResult } from '../model/outcome.ts'
import type { Receipt } from '../remote/attempt.ts'
import type { Attempt } from './attempt.ts'
import { undecided } from './attempt.ts'
import { generationName } from './held.ts'
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
  return changed(visit, attempt, receipt.generation)
}

function changed(visit: Visit, attempt: Attempt, generation: number): HostResult {
  const { again, hold } = attempt.goal.origin
  visit.forget(MENDED_BY_CHANGE)
  if (hold === undefined) {
    visit.learn({ generation, hold: undefined })
    const first = generation === 1 ? '; generation 0 keeps what was there before' : ''
    const message = `changed, confirmed and saved as generation ${generation}${first}${mendedPhrase(attempt)}`
    return visit.result('confirmed', 'deployed', message)
  }
  visit.learn({ generation, hold: { n: generation, ...(again !== undefined && { again }), hold } })
  const back = `rolled back to ${generationName(again ?? generation)}`
  const message = `${back}, confirmed and saved as generation ${generation}, and held until a deploy --release`
  return visit.result('confirmed', 'rolled-back', message)
}

/** Of a host that was not deployed to before nothing was mended. */
function mendedPhrase({ plan, examination }: Attempt): string {
  const what = examination.generation === undefined ? '' : causesOf(plan)
  return what === '' ? '' : `; what was mended: ${what}`
}
