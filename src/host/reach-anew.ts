import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../model/transport.ts'
import { ConnectError } from '../model/transport.ts'
import type { Attempt } from './attempt.ts'
import type { Visit } from './visit.ts'

/** How long before the deadline we stop trying. */
const MARGIN_SECONDS = 5

/**
 * A new connection, to the address that was dialled before the change or to the one given. A firewall that shuts us out shows itself within min(20 s, half the window); once a TCP handshake
 * was completed the firewall lets us in, and sshd's refusals are tried again until shortly before the deadline.
 */
export async function reachAnew(
  visit: Visit,
  attempt: Attempt,
  address = attempt.dialled,
): Promise<Connection | ConnectError> {
  const latest = latestTry(attempt)
  let until = Math.min(performance.now() + Math.min(20, attempt.seconds / 2) * 1000, latest)
  for (let pause = 250; ; pause = Math.min(pause * 2, 2_000)) {
    const left = Math.ceil((until - performance.now()) / 1000)
    const seconds = Math.max(1, Math.min(visit.host.login.connectSeconds, left))
    try {
      return await visit.connect({ seconds, address })
    } catch (error) {
      if (!(error instanceof ConnectError) || IN_VAIN.includes(error.code)) return asConnectError(error)
      if (error.tcpCompleted) until = latest
      if (performance.now() + pause >= until) return error
      await sleep(pause)
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
