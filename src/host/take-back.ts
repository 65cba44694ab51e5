import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HostResult } from '../model/outcome.ts'
import type { Connection } from '../model/transport.ts'
import { ConnectError } from '../model/transport.ts'
import type { Undone } from '../remote/attempt.ts'
import { recover, revert } from '../remote/attempt.ts'
import { CallError, Refusal } from '../remote/call.ts'
import type { RevertedBy } from '../remote/reverted-by.ts'
import { readStatus } from '../remote/status.ts'
import type { Attempt } from './attempt.ts'
import { interrupted, otherMachine, undecided } from './attempt.ts'
import { confirmed, receiptFrom } from './confirmed.ts'
import { NOT_REVERTED, notReverted, notRevertedYet, reverted } from './endings.ts'
import { reachedAfterRevert } from './reached-after-revert.ts'
import { byWhom, personOf, revertedBefore } from './reverted-by.ts'
import { vanished } from './vanished.ts'
import type { Visit } from './visit.ts'

const REVERT_SECONDS = 15
/** How long after the deadline we ask how it ended. */
const LEARN_SECONDS = 30
/** The guard goes on after a revert that failed, soon at first. */
const FURTHER_SECONDS = 10

/** Why an attempt that was applied is not confirmed. */
export type RevertReason =
  | 'locked-out'
  | 'jump-host'
  | 'cut-off'
  | 'probe-failed'
  | 'confirm-refused'
  | 'way-in-unproven'
  | 'other-address'
  | 'other-machine'

/** The old connection first: its packets are ESTABLISHED, mostly it still lives. */
export async function takeBack(
  visit: Visit,
  old: Connection,
  attempt: Attempt,
  code: RevertReason,
  why: string,
  confirmationSent: boolean,
): Promise<HostResult> {
  const result = await revertOver(visit, old, attempt, code, why)
  if (result) return reachedAfterRevert(visit, attempt.dialled, result)
  return awaitGuard(visit, attempt, code, confirmationSent ? `${why}, after the confirmation was sent` : why)
}

/** Over a connection that is there already; nothing if it is dead. */
export async function revertOver(
  visit: Visit,
  old: Connection,
  attempt: Attempt,
  code: RevertReason,
  why: string,
): Promise<HostResult | undefined> {
  visit.step('revert')
  try {
    const { revertedBy, ...undone } = await revert(
      old,
      { id: attempt.id, by: 'run' },
      visit.callOptions(REVERT_SECONDS),
    )
    return revertedBy === undefined || revertedBy.kind === 'run'
      ? reverted(visit, code, why, undone)
      : revertedByOther(visit, code, why, revertedBy, undone)
  } catch (error) {
    if (error instanceof CallError && error.code === 'stopped') return interrupted(visit, attempt)
    if (error instanceof Refusal && NOT_REVERTED.includes(error.code)) return notReverted(visit, error)
    if (!(error instanceof CallError) && !(error instanceof Refusal)) throw error
    return undefined
  }
}

/** Nobody of ours can reach the host: the guard acts at the deadline, and a new connection then tells what it did. */
export async function awaitGuard(
  visit: Visit,
  attempt: Attempt,
  code: RevertReason,
  why: string,
): Promise<HostResult> {
  visit.step('await-guard')
  const { abandon } = visit.context
  let until = Math.max(attempt.deadline, performance.now()) + LEARN_SECONDS * 1000
  let failed: HostResult | undefined
  await sleep(Math.max(0, attempt.deadline - performance.now()), undefined, { signal: abandon }).catch(
    () => undefined,
  )
  while (performance.now() < until && !abandon.aborted) {
    const result = await howItEnded(visit, attempt, code, why)
    if (result !== 'not-yet' && result.outcome !== 'revert-failed') return result
    if (result !== 'not-yet') {
      until = failed ? until : Math.min(until, performance.now() + FURTHER_SECONDS * 1000)
      failed = result
    }
    await sleep(1_000)
  }
  if (failed) return failed
  return abandon.aborted ? interrupted(visit, attempt) : undecided(visit, attempt, why)
}

async function howItEnded(
  visit: Visit,
  attempt: Attempt,
  code: RevertReason,
  why: string,
): Promise<HostResult | 'not-yet'> {
  try {
    return await visit.over((connection) => askHowItEnded(visit, connection, attempt, code, why))
  } catch (error) {
    if (error instanceof ConnectError && error.code === 'host-key-changed')
      return otherMachine(visit, attempt)
    if (error instanceof ConnectError || error instanceof CallError || error instanceof Refusal)
      return 'not-yet'
    throw error
  }
}

async function askHowItEnded(
  visit: Visit,
  connection: Connection,
  attempt: Attempt,
  code: RevertReason,
  why: string,
): Promise<HostResult | 'not-yet'> {
  const { pending, ...status } = await readStatus(connection, visit.callOptions(LEARN_SECONDS), attempt.id)
  if (status.confirmation)
    return confirmed(visit, attempt, receiptFrom(status.confirmation, status.generation))
  if (pending?.id !== attempt.id || !pending.thisBoot)
    return vanished(visit, connection, attempt, `${why}; the host no longer knows of the attempt`)
  if (pending.state === 'reverted') return revertedByOther(visit, code, why, status.revertedBy, status.undone)
  if (pending.state === 'revert-failed') return notRevertedYet(visit, status)
  if (pending.guardAlive || pending.secondsLeft > 0) return 'not-yet'
  const { did, undone } = await recover(
    connection,
    personOf(visit.context.provenance),
    visit.callOptions(LEARN_SECONDS),
  )
  return did === 'reverted' ? reverted(visit, code, `${why}; the guard was gone`, undone) : 'not-yet'
}

/** Not by a revert of ours of which we know; one of ours may have lost its answer. */
function revertedByOther(
  visit: Visit,
  code: RevertReason,
  why: string,
  by: RevertedBy | undefined,
  undone: Undone | undefined,
): HostResult {
  if (by?.kind === 'run')
    return reverted(visit, code, `${why}; reverted, and the host's answer was lost`, undone)
  const sentence = `${why}; the attempt was reverted${byWhom(by)}`
  return by?.kind === 'hand' || by?.kind === 'failure'
    ? revertedBefore(visit, by, sentence, undone)
    : reverted(visit, code, sentence, undone)
}
