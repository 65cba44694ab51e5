import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectError } from '../model/transport.ts'
import type { Deadline } from './deadline.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 1_000

/**
 * Tries again while a server takes the connection but closes it before the login, as sshd does when too many come at
 * once. A try that the deadline cut short says nothing: then the one before it tells why.
 */
export async function retryWhileRefused<T>(attempt: () => Promise<T>, deadline: Deadline): Promise<T> {
  let former: ConnectError | undefined
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof ConnectError) || error.code !== 'refused') throw error
      if (deadline.signal.aborted) throw former ?? error
      if (deadline.remainingMs() <= pauseMs) throw error
      former = error
      await deadline.race(sleep(pauseMs), () => error)
    }
  }
}
