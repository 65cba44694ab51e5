import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../model/transport.ts'
import { ConnectError } from '../model/transport.ts'
import { cancel } from '../remote/attempt.ts'
import { CallError, Refusal } from '../remote/call.ts'
import { readStatus } from '../remote/status.ts'
import type { Attempt } from './attempt.ts'
import { reachAnew } from './reach-anew.ts'
import type { Visit } from './visit.ts'

const STATUS_SECONDS = 10
const PAUSE_MS = 250

/**
 * An attempt that a host was sent, and whose answer was lost, as it has begun; nothing if it never will: one that has not
 * begun after `patienceMs` is cancelled, however late it arrives. Counts as begun if the host cannot be asked, or was rebooted.
 */
export async function findBegun(
  visit: Visit,
  attempt: Attempt,
  patienceMs: number,
): Promise<Attempt | undefined> {
  const connection = await reachAnew(visit, attempt)
  if (connection instanceof ConnectError) return attempt
  try {
    const begun = await waitForBegin(visit, connection, attempt, patienceMs)
    return begun ?? ((await isCancelled(visit, connection, attempt)) ? undefined : attempt)
  } catch (error) {
    if (error instanceof CallError || error instanceof Refusal) return attempt
    throw error
  } finally {
    connection.close()
  }
}

async function waitForBegin(
  visit: Visit,
  connection: Connection,
  attempt: Attempt,
  patienceMs: number,
): Promise<Attempt | undefined> {
  const { id, examination, deadline } = attempt
  const until = performance.now() + patienceMs
  for (;;) {
    const asked = performance.now()
    const { pending, confirmation, past, bootId } = await readStatus(
      connection,
      visit.callOptions(STATUS_SECONDS),
      id,
    )
    if (pending?.id === id) {
      // Its window is counted from when it began. The host counts whole seconds.
      return { ...attempt, deadline: Math.max(deadline, asked + (pending.secondsLeft - 1) * 1000) }
    }
    if (confirmation || past || bootId !== examination.bootId) return attempt
    if (performance.now() >= until) return undefined
    await sleep(PAUSE_MS)
  }
}

async function isCancelled(
  visit: Visit,
  connection: Connection,
  { id, examination: { bootId } }: Attempt,
): Promise<boolean> {
  return (await cancel(connection, { id, bootId }, visit.callOptions(CANCEL_SECONDS))) === 'cancelled'
}

const CANCEL_SECONDS = 20
