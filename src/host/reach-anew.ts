import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../model/transport.ts'
import { ConnectError } from '../model/transport.ts'
import type { Attempt } from './attempt.ts'
import { sshPaceSeconds } from './ssh-limit.ts'
import type { Visit } from './visit.ts'

/** How long before the deadline we stop trying. */
export const MARGIN_SECONDS = 5
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 2_000
/** However slowly a limit gives back a connection: in a try that lasts longer, hardly a packet is sent again. */
const LONGEST_PACE_SECONDS = 5

/**
 * A new connection, to the address that was dialled before the change or to the one given. A firewall that shuts us out
 * shows itself within min(20 s, half the window). We try until shortly before the deadline, at the pace of the limit, if a
 * limit counts us, and also once a TCP handshake was completed: then the firewall lets us in, and sshd refused.
 */
export async function reachAnew(
  visit: Visit,
  attempt: Attempt,
  address = attempt.dialled,
): Promise<Connection | ConnectError> {
  const latest = latestTry(attempt)
  const pace = sshPaceSeconds(attempt)
  const paceMs = Math.min(pace ?? 0, LONGEST_PACE_SECONDS) * 1000
  const soon = performance.now() + Math.min(20, attempt.seconds / 2) * 1000
  const { connectSeconds } = visit.host.login
  let until = pace === undefined ? Math.min(soon, latest) : latest
  let most = pace === undefined ? connectSeconds : Math.min(LONGEST_PACE_SECONDS, connectSeconds)
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const began = performance.now()
    const left = Math.ceil((until - began) / 1000)
    const seconds = Math.max(1, Math.min(most, left))
    try {
      return await visit.connect({ seconds, address })
    } catch (error) {
      if (!(error instanceof ConnectError) || IN_VAIN.includes(error.code)) return asConnectError(error)
      if (error.tcpCompleted) [until, most] = [latest, connectSeconds]
      // A try that took long has waited already.
      const next = Math.max(performance.now() + pause, began + paceMs)
      if (next >= until) return error
      await sleep(next - performance.now())
    }
  }
}

/** By `performance.now()`: a try that begins later may meet the guard. */
export function latestTry({ deadline }: Attempt): number {
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
