import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectError } from '../model/transport.ts'
import { CallError, Refusal } from '../remote/call.ts'
import { readStatus } from '../remote/status.ts'
import type { Attempt } from './attempt.ts'
import { reachAnew } from './reach-anew.ts'
import type { Visit } from './visit.ts'

const STATUS_SECONDS = 10
/** How long a host may take to begin with what it has been sent whole. */
const PATIENCE_MS = 3_000
const PAUSE_MS = 250

/**
 * Whether a host that was sent an attempt, and whose answer was lost, has begun with it: what was cut short runs nothing.
 * Where it cannot be asked, or was rebooted since, it counts as begun. One that begins later still is in nobody's way: its guard takes it back.
 */
export async function hasBegun(visit: Visit, attempt: Attempt): Promise<boolean> {
  const connection = await reachAnew(visit, attempt)
  if (connection instanceof ConnectError) return true
  try {
    const until = performance.now() + PATIENCE_MS
    for (;;) {
      const status = await readStatus(connection, visit.callOptions(STATUS_SECONDS))
      const isKnown = [status.pending?.id, status.receipt?.attempt].includes(attempt.id)
      if (isKnown || status.bootId !== attempt.examination.bootId) return true
      if (performance.now() >= until) return false
      await sleep(PAUSE_MS)
    }
  } catch (error) {
    if (error instanceof CallError || error instanceof Refusal) return true
    throw error
  } finally {
    connection.close()
  }
}
