import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectError } from '../model/transport.ts'
import type { Deadline } from './deadline.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 1_000

/** Tries again while a server takes the connection but closes it before the login, as sshd does when too many come at once. */
export async function retryWhileRefused<T>(attempt: () => Promise<T>, deadline: Deadline): Promise<T> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await attempt()
    } catch (error) {
      const isRefusal = error instanceof ConnectError && error.code === 'refused'
      if (!isRefusal || deadline.remainingMs() <= pauseMs) throw error
      await deadline.race(sleep(pauseMs), () => error)
    }
  }
}
