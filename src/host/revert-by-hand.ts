import { setTimeout as sleep } from 'node:timers/promises'
import type { HostResult } from '../model/outcome.ts'
import type { Connection } from '../model/transport.ts'
import { ConnectError } from '../model/transport.ts'
import { revert } from '../remote/attempt.ts'
import { CallError, Refusal } from '../remote/call.ts'
import type { KnownAttempt, Status } from '../remote/status.ts'
import { readStatus } from '../remote/status.ts'
import { failed, reverted, revertFailed, untouched } from './endings.ts'
import { missingAttempt, otherAttempt, stillArmed } from './not-pending.ts'
import { pendingOf } from './standing.ts'
import type { HostContext, Job } from './visit.ts'
import { Visit } from './visit.ts'

const STATUS_SECONDS = 30
/** A ladder of restores, each of which may hang for a while. */
const REVERT_SECONDS = 120
const LEARN_TRIES = 3

/**
 * Puts the old rules of an attempt back now: one that is pending, or whose revert failed. One that was reverted is left
 * alone, and is success. Needs no rules of the job. Never rejects for the host's sake.
 */
export async function revertByHand(id: string, job: Job, context: HostContext): Promise<HostResult> {
  const visit = new Visit(job, context)
  try {
    visit.step('connect')
    const connection = await visit.connect()
    try {
      const status = await readStatus(connection, visit.callOptions(STATUS_SECONDS))
      visit.learn({ generation: status.generation })
      return notPending(visit, id, status) ?? (await revertKnown(visit, connection, id, status.pending))
    } finally {
      connection.close()
    }
  } catch (error) {
    return untouched(visit, error)
  }
}

function notPending(visit: Visit, id: string, status: Status): HostResult | undefined {
  const { pending, confirmedAttempt, generation } = status
  if (pending?.id !== id && confirmedAttempt === id) {
    return failed(
      visit,
      'already-confirmed',
      `attempt ${id} was confirmed, and saved as generation ${generation ?? 0}; deploy an inventory that has the old rules`,
    )
  }
  if (pending === undefined || (pending.id === id && !pending.thisBoot)) {
    return missingAttempt(visit, id, pending)
  }
  return pending.id === id ? undefined : otherAttempt(visit, id, pending)
}

async function revertKnown(
  visit: Visit,
  connection: Connection,
  id: string,
  known: KnownAttempt | undefined,
): Promise<HostResult> {
  visit.step('revert')
  try {
    await revert(connection, id, visit.callOptions(REVERT_SECONDS))
    const sentence =
      known?.state === 'reverted' ? `attempt ${id} was reverted before` : `as asked for by hand`
    return reverted(visit, 'by-hand', sentence)
  } catch (error) {
    if (error instanceof Refusal) return await refusedRevert(visit, connection, id, known, error)
    if (!(error instanceof CallError) || !error.sent) throw error
    // The old rules may have ended our own session: a new one tells.
    return learn(visit, id, error)
  }
}

async function refusedRevert(
  visit: Visit,
  connection: Connection,
  id: string,
  known: KnownAttempt | undefined,
  error: Refusal,
): Promise<HostResult> {
  if (error.code === 'revert-failed') return revertFailed(visit, error.detail)
  if (error.code === 'wrong-state') {
    return failed(visit, 'busy', `attempt ${id} is being confirmed by another run`)
  }
  if (error.code === 'busy' && known !== undefined) {
    return stillArmed(visit, known, 'busy', 'another mailfw is at work on the host')
  }
  // Somebody else decided it while we asked.
  const status = await readStatus(connection, visit.callOptions(STATUS_SECONDS))
  visit.learn({ generation: status.generation })
  return notPending(visit, id, status) ?? untouched(visit, error)
}

async function learn(visit: Visit, id: string, error: CallError): Promise<HostResult> {
  let last: Status | undefined
  for (let tries = 1; error.code !== 'stopped' && tries <= LEARN_TRIES; tries++) {
    last = await statusAnew(visit)
    if (last?.pending?.id !== id) break
    if (last.pending.state === 'reverted') return reverted(visit, 'by-hand', 'as asked for by hand')
    if (last.pending.state === 'revert-failed') return revertFailed(visit, last.log)
    await sleep(1_000)
  }
  return visit.result(
    'unknown',
    error.code === 'stopped' ? 'interrupted' : 'no-answer',
    `${error.message}, after the host was asked to revert attempt ${id}; its guard does so at the deadline if that failed: look with mailfw status`,
    last?.pending === undefined ? {} : { pending: pendingOf(last.pending) },
  )
}

async function statusAnew(visit: Visit): Promise<Status | undefined> {
  try {
    const connection = await visit.connect()
    try {
      return await readStatus(connection, visit.callOptions(STATUS_SECONDS))
    } finally {
      connection.close()
    }
  } catch (error) {
    if (error instanceof ConnectError || error instanceof CallError || error instanceof Refusal)
      return undefined
    throw error
  }
}
