import { setTimeout as sleep } from 'node:timers/promises'
import type { HostResult } from '../model/outcome.ts'
import type { Connection } from '../model/transport.ts'
import { ConnectError } from '../model/transport.ts'
import type { Undone } from '../remote/attempt.ts'
import { revert } from '../remote/attempt.ts'
import { CallError, Refusal } from '../remote/call.ts'
import type { RevertedBy } from '../remote/reverted-by.ts'
import type { KnownAttempt, Status } from '../remote/status.ts'
import { readStatus } from '../remote/status.ts'
import { confirmedBy, savedAs } from './confirmed.ts'
import { failed, notReverted, notRevertedYet, reverted, untouched } from './endings.ts'
import { findAttempt, isConfirmed, stillArmed } from './not-pending.ts'
import { oneVisit } from './one-visit.ts'
import { byWhom, personOf } from './reverted-by.ts'
import { pendingOf } from './standing.ts'
import { reachedAfterRevert } from './reached-after-revert.ts'
import type { HostContext, Job, Visit } from './visit.ts'

const STATUS_SECONDS = 30
/** A ladder of restores, each of which may hang for a while. */
const REVERT_SECONDS = 120
const LEARN_TRIES = 3

/**
 * Puts the old rules of an attempt back now: one that is pending, or whose revert failed. One that was reverted is left
 * alone, and is success. Needs no rules of the job. Never rejects for the host's sake.
 */
export function revertByHand(id: string, job: Job, context: HostContext): Promise<HostResult> {
  return oneVisit(job, context, async (visit, connection) => {
    const known = await askFor(visit, connection, id)
    return 'outcome' in known ? known : revertKnown(visit, connection, known)
  })
}

/** The attempt as the host knows it; else the result that says why there is nothing to revert. */
async function askFor(visit: Visit, connection: Connection, id: string): Promise<KnownAttempt | HostResult> {
  const status = await readStatus(connection, visit.callOptions(STATUS_SECONDS), id)
  visit.learn({ generation: status.generation })
  const { confirmation } = status
  if (confirmation === undefined || !isConfirmed(id, status)) return findAttempt(visit, id, status)
  return failed(
    visit,
    'already-confirmed',
    `attempt ${id} was confirmed${confirmedBy(confirmation)}, and saved as generation ${savedAs(confirmation, status.generation)}; deploy an inventory that has the old rules`,
  )
}

async function revertKnown(visit: Visit, connection: Connection, known: KnownAttempt): Promise<HostResult> {
  const { id, state } = known
  visit.step('revert')
  const by = `hand ${personOf(visit.context.provenance)}` as const
  try {
    const { revertedBy, ...undone } = await revert(connection, { id, by }, visit.callOptions(REVERT_SECONDS))
    if (state === 'reverted') return before(visit, id, revertedBy, undone)
    return await reachedAfterRevert(visit, connection.address, back(visit, id, revertedBy, undone))
  } catch (error) {
    if (error instanceof Refusal) return await refusedRevert(visit, connection, known, error)
    if (!(error instanceof CallError) || !error.sent) throw error
    // The old rules may have ended our own session: a new one tells.
    return learn(visit, id, error)
  }
}

/** Another may have been quicker. */
function back(visit: Visit, id: string, by: RevertedBy | undefined, undone?: Undone): HostResult {
  const isOurs = by === undefined || (by.kind === 'hand' && by.name === personOf(visit.context.provenance))
  return isOurs ? reverted(visit, 'by-hand', 'as asked for by hand', undone) : before(visit, id, by, undone)
}

function before(visit: Visit, id: string, by: RevertedBy | undefined, undone?: Undone): HostResult {
  return reverted(visit, 'by-hand', `attempt ${id} was reverted before${byWhom(by)}`, undone)
}

async function refusedRevert(
  visit: Visit,
  connection: Connection,
  known: KnownAttempt,
  error: Refusal,
): Promise<HostResult> {
  switch (error.code) {
    case 'revert-failed':
    case 'revert-partial':
      return notReverted(visit, error)
    case 'wrong-state':
      return failed(visit, 'busy', `attempt ${known.id} is being confirmed by another run`)
    case 'busy':
      return stillArmed(visit, known, 'busy', 'another mailfw is at work on the host')
    default: {
      // Somebody else decided it while we asked.
      const now = await askFor(visit, connection, known.id)
      return 'outcome' in now ? now : untouched(visit, error)
    }
  }
}

async function learn(visit: Visit, id: string, error: CallError): Promise<HostResult> {
  let last: Status | undefined
  for (let tries = 1; error.code !== 'stopped' && tries <= LEARN_TRIES; tries++) {
    last = await statusAnew(visit)
    if (last?.pending?.id !== id) break
    if (last.pending.state === 'reverted') return back(visit, id, last.revertedBy, last.undone)
    if (last.pending.state === 'revert-failed') return notRevertedYet(visit, last)
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
    return await visit.over((connection) => readStatus(connection, visit.callOptions(STATUS_SECONDS)))
  } catch (error) {
    if (error instanceof ConnectError || error instanceof CallError || error instanceof Refusal)
      return undefined
    throw error
  }
}
