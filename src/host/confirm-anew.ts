import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HostResult } from '../model/outcome.ts'
import type { Connection } from '../model/transport.ts'
import { ConnectError } from '../model/transport.ts'
import { confirm, undoneOf } from '../remote/attempt.ts'
import type { CallOptions } from '../remote/call.ts'
import { CallError, Refusal } from '../remote/call.ts'
import { revertedByOf } from '../remote/reverted-by.ts'
import type { Attempt } from './attempt.ts'
import { awaiting, interrupted, secondsLeft } from './attempt.ts'
import { comparable } from './comparable.ts'
import { confirmed } from './confirmed.ts'
import { notReverted, refusalCode, refusalSentence, reverted } from './endings.ts'
import { byWhom, revertedBefore } from './reverted-by.ts'
import type { Proved } from './prove.ts'
import { prove } from './prove.ts'
import { latestTry, reachAnew } from './reach-anew.ts'
import { reachedAfterRevert } from './reached-after-revert.ts'
import { receiptText } from './receipt-text.ts'
import type { RevertReason } from './take-back.ts'
import { awaitGuard, revertOver, takeBack } from './take-back.ts'
import { vanished } from './vanished.ts'
import type { Visit } from './visit.ts'
import type { WaysIn } from './ways-in.ts'

const CONFIRM_SECONDS = 60
/** Before a confirmation whose answer was lost is asked for again. */
const PAUSE_SECONDS = 1
/** For an answer that is under way at the deadline. */
const GRACE_SECONDS = 5

/**
 * Confirms an applied attempt over a new connection. Where none can be made the old one takes the change back, and
 * where that is dead too the guard does.
 */
export async function confirmAnew(
  visit: Visit,
  old: Connection,
  attempt: Attempt,
  waysIn: WaysIn | undefined,
): Promise<HostResult> {
  visit.step('confirm')
  let sent = false
  let proved: Proved | undefined
  let elsewhere: Refusal | undefined
  for (;;) {
    // Behind a jump host or proxy a name may have led to another address of the host.
    const fresh = await reachAnew(visit, attempt, elsewhere ? serverAddress(attempt) : attempt.dialled)
    if (fresh instanceof ConnectError) {
      if (fresh.code === 'stopped') return interrupted(visit, attempt)
      if (elsewhere) return takeBack(visit, old, attempt, 'other-address', refusalSentence(elsewhere), sent)
      return takeBack(visit, old, attempt, ...whyNoSession(visit, fresh), sent)
    }
    try {
      const seen = proved ?? (await prove(visit, fresh, attempt, waysIn))
      // The session that was made just now is alive; the old one may have died with the change.
      if ('code' in seen) return await takeBack(visit, fresh, attempt, seen.code, seen.sentence, sent)
      proved = seen
      if (attempt.proof === 'manual') return awaiting(visit, attempt)
      const receipt = await confirm(fresh, request(visit, attempt, proved), confirmOptions(visit, attempt))
      return confirmed(visit, attempt, receipt)
    } catch (error) {
      if (error instanceof Refusal) {
        // The attempt itself may be at work still, if its answer was lost.
        if (error.code === 'busy' && performance.now() < latestTry(attempt)) continue
        if (error.code === 'other-address' && elsewhere === undefined) {
          elsewhere = error
          continue
        }
        return await refusedConfirmation(visit, { old, fresh }, attempt, error)
      }
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

/** The host looked, and did not persist. Where it found something wrong it has put the old rules back already. */
function refusedConfirmation(
  visit: Visit,
  { old, fresh }: { readonly old: Connection; readonly fresh: Connection },
  attempt: Attempt,
  error: Refusal,
): Promise<HostResult> | HostResult {
  const why = refusalSentence(error)
  switch (error.code) {
    case 'not-as-wanted':
    case 'saved-changed':
    case 'other-backend-now':
    case 'disk-full':
    case 'iptables-locked':
    case 'iptables-hung':
      return reachedAfterRevert(
        visit,
        attempt.dialled,
        reverted(visit, refusalCode(error), why, error.answer && undoneOf(error.answer)),
      )
    case 'already-reverted':
      return reachedAfterRevert(visit, attempt.dialled, alreadyReverted(visit, attempt, error))
    case 'revert-failed':
    case 'revert-partial':
    case 'already-revert-failed':
      return notReverted(visit, error)
    case 'other-boot':
    case 'no-attempt':
    case 'other-attempt':
      return lost(visit, { old, fresh }, attempt, why)
    case 'way-in-unproven':
    case 'other-address':
      return takeBack(visit, old, attempt, error.code, why, false)
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

function alreadyReverted(visit: Visit, { id }: Attempt, { answer }: Refusal): HostResult {
  const by = revertedByOf(answer?.texts.get('reverted-by'))
  const sentence = `attempt ${id} was reverted${byWhom(by)}, before the confirmation came`
  return revertedBefore(visit, by, sentence, answer && undoneOf(answer))
}

/** If another machine answers, the old connection may still reach the one that was changed. */
async function lost(
  visit: Visit,
  { old, fresh }: { readonly old: Connection; readonly fresh: Connection },
  attempt: Attempt,
  why: string,
): Promise<HostResult> {
  const result = await vanished(visit, fresh, attempt, why)
  if (result.code !== 'other-machine') return result
  const sentence = `another machine answers at this address now, so ${attempt.examination.hostname} was reverted over the connection that was open to it`
  return (await revertOver(visit, old, attempt, 'other-machine', sentence)) ?? result
}

/** After the deadline there is nothing to wait for: the guard has acted, and tells the next that asks. */
function confirmOptions(visit: Visit, attempt: Attempt): CallOptions {
  return visit.callOptions(Math.min(CONFIRM_SECONDS, secondsLeft(attempt) + GRACE_SECONDS))
}

function request(visit: Visit, attempt: Attempt, proved: Proved): Parameters<typeof confirm>[1] {
  const { plan, goal, proof } = attempt
  return {
    id: attempt.id,
    families: plan.families,
    expected: plan.expected,
    wanted: goal.wanted,
    ...comparable(attempt),
    receipt: receiptText(attempt.id, visit.host.name, visit.context.provenance, goal.origin, {
      client: clientOf(attempt, proved),
      byHand: attempt.byHand === true,
      boot: attempt.examination.bootId,
    }),
    persists: goal.first === undefined ? 'rules' : 'first',
    enteredAt: proof === 'connection' ? serverAddress(attempt) : '',
  }
}

/** Who is let in, for a later change at which nobody is there to show it. */
function clientOf({ examination }: Attempt, { client }: Proved): string | undefined {
  const { session, receipt } = examination
  const seen = session?.clientIsOwn === true ? undefined : session?.clientAddress
  return client ?? seen ?? receipt?.client
}

/** Where the host saw us come in before the change; empty if it did not say. */
function serverAddress({ examination }: Attempt): string {
  return examination.session?.serverAddress.replace(/^::ffff:/, '') ?? ''
}

function whyNoSession(visit: Visit, error: ConnectError): [code: RevertReason, sentence: string] {
  const jumpHost = visit.context.changing?.jumpHostOf(visit.host.name)
  if (jumpHost !== undefined) {
    const which = `the way there leads over ${jumpHost}, which this run changes too, so these rules may be right`
    return ['jump-host', `no new session could be opened: ${error.message}; ${which}`]
  }
  if (error.isOnTheWay) return ['jump-host', `no new session could be opened: ${error.message}`]
  return ['locked-out', lockedOut(error)]
}

function lockedOut(error: ConnectError): string {
  return error.tcpCompleted
    ? `the new rules let us in, but no new session could be opened: ${error.message}`
    : `the new rules do not let us in again: ${error.message}`
}
