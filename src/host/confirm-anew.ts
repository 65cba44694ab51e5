import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { FAMILY } from '../model/family.ts'
import type { HostResult } from '../model/outcome.ts'
import type { Connection } from '../model/transport.ts'
import { ConnectError } from '../model/transport.ts'
import type { FamilyTexts, Receipt } from '../remote/attempt.ts'
import { confirm, readStatus, recover, revert } from '../remote/attempt.ts'
import type { CallOptions } from '../remote/call.ts'
import { CallError, Refusal } from '../remote/call.ts'
import type { Attempt } from './attempt.ts'
import { interrupted, secondsLeft, undecided, unguarded } from './attempt.ts'
import { refusalCode, refusalSentence, reverted, revertFailed } from './endings.ts'
import { canonicalFromLive } from './plan.ts'
import { receiptText } from './receipt-text.ts'
import type { SecondFamily } from './second-family.ts'
import { stillAnswers } from './second-family.ts'
import type { Visit } from './visit.ts'

const CONFIRM_SECONDS = 60
const REVERT_SECONDS = 15
/** How long before the deadline we stop trying, and how long after it we ask how it ended. */
const MARGIN_SECONDS = 5
const LEARN_SECONDS = 30
/** Before a confirmation whose answer was lost is asked for again. */
const PAUSE_SECONDS = 1

/**
 * Confirms an applied attempt over a new connection. Where none can be made the old one takes the change back, and
 * where that is dead too the guard does.
 */
export async function confirmAnew(
  visit: Visit,
  old: Connection,
  attempt: Attempt,
  second: SecondFamily | undefined,
): Promise<HostResult> {
  visit.step('confirm')
  let sent = false
  for (;;) {
    const fresh = await reachAnew(visit, attempt)
    if (fresh instanceof ConnectError) {
      if (fresh.code === 'stopped') return interrupted(visit, attempt)
      return takeBack(visit, old, attempt, 'locked-out', lockedOut(fresh), sent)
    }
    try {
      if (!sent && second !== undefined && !(await stillAnswers(visit, second))) {
        return await takeBack(visit, old, attempt, 'locked-out', lostFamily(second), sent)
      }
      const receipt = await confirm(fresh, request(visit, attempt), confirmOptions(visit, attempt))
      return confirmed(visit, attempt, receipt)
    } catch (error) {
      if (error instanceof Refusal) return await refusedConfirmation(visit, old, attempt, error)
      if (error instanceof ConnectError && error.code === 'stopped') return interrupted(visit, attempt)
      if (!(error instanceof CallError)) throw error
      if (error.code === 'stopped') return interrupted(visit, attempt)
      if (!error.sent) {
        if (error.code === 'lost' && performance.now() < latestTry(attempt)) {
          await sleep(PAUSE_SECONDS * 1000)
          continue
        }
        return await takeBack(visit, old, attempt, 'confirm-refused', error.message, sent)
      }
      // Asking again is harmless, for the host knows its last confirmation; but only until the guard acts.
      sent = true
      if (performance.now() + PAUSE_SECONDS * 1000 >= attempt.deadline) {
        return await awaitGuard(
          visit,
          attempt,
          'confirm-refused',
          `the confirmation got no answer: ${error.message}`,
        )
      }
      await sleep(PAUSE_SECONDS * 1000)
    } finally {
      fresh.close()
    }
  }
}

/**
 * A new connection. A firewall that shuts us out shows itself within min(20 s, half the window); once a TCP handshake
 * was completed the firewall lets us in, and sshd's refusals are tried again until shortly before the deadline.
 */
async function reachAnew(visit: Visit, attempt: Attempt): Promise<Connection | ConnectError> {
  const latest = latestTry(attempt)
  let until = Math.min(performance.now() + Math.min(20, attempt.seconds / 2) * 1000, latest)
  for (let pause = 250; ; pause = Math.min(pause * 2, 2_000)) {
    const left = Math.ceil((until - performance.now()) / 1000)
    const seconds = Math.max(1, Math.min(visit.host.login.connectSeconds, left))
    try {
      return await visit.connect(seconds)
    } catch (error) {
      if (!(error instanceof ConnectError) || IN_VAIN.includes(error.code)) return asConnectError(error)
      if (error.tcpCompleted) until = latest
      if (performance.now() + pause >= until) return error
      await sleep(pause)
    }
  }
}

/** After the deadline there is nothing to wait for: the guard has acted, and tells the next that asks. */
function confirmOptions(visit: Visit, attempt: Attempt): CallOptions {
  return visit.callOptions(Math.min(CONFIRM_SECONDS, secondsLeft(attempt) + MARGIN_SECONDS))
}

/** By `performance.now()`: a try that begins later may meet the guard. */
function latestTry({ deadline }: Attempt): number {
  return deadline - MARGIN_SECONDS * 1000
}

const IN_VAIN: readonly string[] = [
  'stopped',
  'host-key-unknown',
  'host-key-changed',
  'host-key-revoked',
  'ssh-config',
]

function asConnectError(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error
  throw error
}

/** The old connection first: its packets are ESTABLISHED, mostly it still lives. */
async function takeBack(
  visit: Visit,
  old: Connection,
  attempt: Attempt,
  code: 'locked-out' | 'confirm-refused',
  why: string,
  confirmationSent: boolean,
): Promise<HostResult> {
  visit.step('revert')
  try {
    await revert(old, attempt.id, visit.callOptions(REVERT_SECONDS))
    return reverted(visit, code, why)
  } catch (error) {
    if (error instanceof CallError && error.code === 'stopped') return interrupted(visit, attempt)
    if (error instanceof Refusal && error.code === 'revert-failed') return revertFailed(visit, error.detail)
    if (!(error instanceof CallError) && !(error instanceof Refusal)) throw error
    return awaitGuard(
      visit,
      attempt,
      code,
      confirmationSent ? `${why}, after the confirmation was sent` : why,
    )
  }
}

/** Nobody of ours can reach the host: the guard acts at the deadline, and a new connection then tells what it did. */
async function awaitGuard(
  visit: Visit,
  attempt: Attempt,
  code: 'locked-out' | 'confirm-refused',
  why: string,
): Promise<HostResult> {
  visit.step('await-guard')
  const { abandon } = visit.context
  const until = Math.max(attempt.deadline, performance.now()) + LEARN_SECONDS * 1000
  await sleep(Math.max(0, attempt.deadline - performance.now()), undefined, { signal: abandon }).catch(
    () => undefined,
  )
  while (performance.now() < until && !abandon.aborted) {
    const result = await howItEnded(visit, attempt, code, why)
    if (result !== 'not-yet') return result
    await sleep(1_000)
  }
  return abandon.aborted ? interrupted(visit, attempt) : undecided(visit, attempt, why)
}

async function howItEnded(
  visit: Visit,
  attempt: Attempt,
  code: 'locked-out' | 'confirm-refused',
  why: string,
): Promise<HostResult | 'not-yet'> {
  try {
    const connection = await visit.connect()
    try {
      const status = await readStatus(connection, visit.callOptions(LEARN_SECONDS))
      if (status.confirmedAttempt === attempt.id) {
        return confirmed(visit, attempt, { live: status.live ?? '', generation: status.generation ?? 0 })
      }
      if (status.pending?.id !== attempt.id)
        return unguarded(visit, `${why}; the host no longer knows of the attempt`)
      if (status.pending.state === 'reverted')
        return reverted(visit, code, `${why}; the guard acted at the deadline`)
      if (status.pending.state === 'revert-failed') return revertFailed(visit, status.log)
      if (status.pending.guardAlive || status.pending.secondsLeft > 0) return 'not-yet'
      const { did } = await recover(connection, visit.callOptions(LEARN_SECONDS))
      return did === 'reverted' ? reverted(visit, code, `${why}; the guard was gone`) : 'not-yet'
    } finally {
      connection.close()
    }
  } catch (error) {
    if (error instanceof ConnectError || error instanceof CallError || error instanceof Refusal)
      return 'not-yet'
    throw error
  }
}

/** The host looked, and did not persist. Where it found something wrong it has put the old rules back already. */
function refusedConfirmation(
  visit: Visit,
  old: Connection,
  attempt: Attempt,
  error: Refusal,
): Promise<HostResult> | HostResult {
  const why = refusalSentence(error)
  switch (error.code) {
    case 'not-as-wanted':
    case 'disk-full':
    case 'iptables-locked':
      return reverted(visit, refusalCode(error), why)
    case 'already-reverted':
      return reverted(visit, 'guard-reverted', 'the guard had acted before the confirmation came')
    case 'revert-failed':
    case 'already-revert-failed':
      return revertFailed(visit, error.detail)
    case 'other-boot':
    case 'no-attempt':
    case 'other-attempt':
      return attempt.applied === undefined ? undecided(visit, attempt, why) : unguarded(visit, why)
    case 'busy':
      return takeBack(
        visit,
        old,
        attempt,
        'confirm-refused',
        'the host was still at work on its rules when the confirmation came',
        false,
      )
    default:
      return takeBack(visit, old, attempt, 'confirm-refused', why, true)
  }
}

function request(visit: Visit, attempt: Attempt): Parameters<typeof confirm>[1] {
  const { plan, examination } = attempt
  return {
    id: attempt.id,
    families: plan.families,
    expected: plan.expected,
    wanted: visit.job.wanted,
    canonical: canonicalTexts(visit, attempt),
    facts: examination.facts,
    receipt: receiptText(attempt.id, visit.context.provenance),
  }
}

/** Where no scratch namespace is allowed, what live reads after the change is what is compared from now on. */
function canonicalTexts(visit: Visit, { plan, applied }: Attempt): FamilyTexts {
  if (!plan.cannotCompare || applied === undefined) return plan.canonical
  return Object.fromEntries(
    plan.families.map((family) => [
      family,
      canonicalFromLive(applied.texts[family] ?? '', visit.job.wanted[family], plan.foreign),
    ]),
  )
}

function confirmed(visit: Visit, attempt: Attempt, receipt: Receipt): HostResult {
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

function lockedOut(error: ConnectError): string {
  return error.tcpCompleted
    ? `the new rules let us in, but no new session could be opened: ${error.message}`
    : `the new rules do not let us in again: ${error.message}`
}

function lostFamily({ family, address }: SecondFamily): string {
  return `SSH answered at ${address} before the change and does not any more: the new rules close it over ${FAMILY[family].label}`
}
