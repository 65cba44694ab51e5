import { performance } from 'node:perf_hooks'
import type { HostResult } from '../model/outcome.ts'
import type { Connection } from '../model/transport.ts'
import type { KnownAttempt, Status } from '../remote/status.ts'
import { readStatus } from '../remote/status.ts'
import { confirmedBy, savedAs } from './confirmed.ts'
import { confirmAnew } from './confirm-anew.ts'
import { notRevertedYet, quote } from './endings.ts'
import { inventoryGoal } from './goal.ts'
import type { Look } from './look.ts'
import { look } from './look.ts'
import { findAttempt, isConfirmed, stillArmed } from './not-pending.ts'
import { oneVisit } from './one-visit.ts'
import type { Objection } from './objections.ts'
import { byWhom, revertedBefore } from './reverted-by.ts'
import { unlike } from './same-rules.ts'
import type { HostContext, Job, Visit } from './visit.ts'

const STATUS_SECONDS = 30

/**
 * Confirms an attempt that another run left pending, over a connection that is made anew once the attempt was seen
 * applied. Only where what is live is what the inventory says: that is what is persisted. Never rejects for the host's
 * sake.
 */
export function confirmByHand(id: string, job: Job, context: HostContext): Promise<HostResult> {
  return oneVisit(job, context, async (visit, connection) => {
    const seen = await look(visit, connection)
    const status = await readStatus(connection, visit.callOptions(STATUS_SECONDS), id)
    return confirmKnown(visit, connection, id, seen, status)
  })
}

async function confirmKnown(
  visit: Visit,
  connection: Connection,
  id: string,
  seen: Look,
  status: Status,
): Promise<HostResult> {
  if (isConfirmed(id, status)) return confirmedBefore(visit, id, status)
  const pending = findAttempt(visit, id, status)
  if ('outcome' in pending) return pending
  switch (pending.state) {
    case 'prepared':
    case 'armed':
      return stillArmed(
        visit,
        pending,
        'not-applied',
        `attempt ${id} is ${pending.state} and not applied yet`,
      )
    case 'reverted':
      return revertedBefore(
        visit,
        status.revertedBy,
        `it is too late: attempt ${id} was reverted${byWhom(status.revertedBy)}${saying(status)}`,
        status.undone,
      )
    case 'revert-failed':
      return notRevertedYet(visit, status)
    case 'confirmed':
      return confirmedBefore(visit, id, status)
    case 'applied':
    case 'confirming':
      return confirmApplied(visit, connection, pending, seen)
  }
}

function confirmApplied(
  visit: Visit,
  connection: Connection,
  pending: KnownAttempt,
  seen: Look,
): Promise<HostResult> | HostResult {
  const { id, secondsLeft } = pending
  if (seen.kind === 'objection') return objected(visit, pending, seen.objection)
  if (pending.state === 'applied' && secondsLeft <= 0) {
    return stillArmed(visit, pending, 'too-late', `it is too late: the time of attempt ${id} is up`)
  }
  const fault = unlike(pending, seen, visit.job.wanted)
  if (fault !== undefined) return stillArmed(visit, pending, fault.code, fault.sentence)
  return confirmAnew(
    visit,
    connection,
    {
      id,
      goal: inventoryGoal(visit, seen.examination),
      // The host compares what is live with what was applied; that this is what is wanted was seen just now.
      plan: { ...seen.plan, expected: { text: '', sum: pending.applied } },
      examination: seen.examination,
      // A person's word, over whatever way it comes.
      proof: isOwnClient(visit, seen) ? 'none' : 'connection',
      dialled: connection.address,
      seconds: secondsLeft,
      deadline: performance.now() + secondsLeft * 1_000,
      applied: { live: pending.applied, secondsLeft, texts: {} },
      byHand: true,
    },
    undefined,
  )
}

function isOwnClient({ host }: Visit, { examination }: Look): boolean {
  return host.login.local === true || examination.session?.clientIsOwn === true
}

function objected(visit: Visit, pending: KnownAttempt, { code, message, fix }: Objection): HostResult {
  return fix === undefined
    ? stillArmed(visit, pending, code, message)
    : { ...stillArmed(visit, pending, code, `${message}; to mend it: ${fix}`), fix }
}

function confirmedBefore(visit: Visit, id: string, { confirmation, generation }: Status): HostResult {
  return visit.result(
    'confirmed',
    'deployed',
    `attempt ${id} was confirmed before${confirmation ? confirmedBy(confirmation) : ''}, and saved as generation ${savedAs(confirmation, generation)}; nothing was changed now`,
  )
}

/** The guard's last words. */
function saying({ log }: Status): string {
  const words = log.trim()
  return words === '' ? '' : ` (its log: ${quote(words)})`
}
