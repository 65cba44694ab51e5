import { startRunningTimer } from '../lib/running-timer.ts'
import type { Channel, Connection } from '../model/transport.ts'
import { ConnectError } from '../model/transport.ts'

/** What ends the wait: an answer of the server to the wish, the run, or the time. */
export type Unopened = 'lost' | 'stopped' | 'no-answer'

/**
 * Starts a program on a host, where the server does so before `signal` and within `seconds`: one that took the login
 * may still never answer. A program that starts later is closed. `giveUp` makes the error.
 */
export function openChannel(
  connection: Connection,
  command: string,
  { signal, seconds }: { readonly signal: AbortSignal; readonly seconds: number },
  giveUp: (code: Unopened, message: string, cause?: unknown) => Error,
): Promise<Channel> {
  return new Promise((resolve, reject) => {
    let isWaiting = true
    const end = (finish: () => void): void => {
      isWaiting = false
      timer.stop()
      signal.removeEventListener('abort', onAbort)
      finish()
    }
    const fail = (code: Unopened, message: string, cause?: unknown): void => {
      end(() => {
        reject(giveUp(code, message, cause))
      })
    }
    const onAbort = (): void => {
      fail('stopped', 'the run was interrupted')
    }
    const timer = startRunningTimer(seconds * 1000, () => {
      fail('no-answer', `the server started no program within ${seconds} s`)
    })
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    connection.open(command).then(
      (channel) => {
        if (!isWaiting) channel.close()
        else
          end(() => {
            resolve(channel)
          })
      },
      (error: unknown) => {
        fail(
          'lost',
          error instanceof ConnectError ? error.message : 'the server opened no session channel',
          error,
        )
      },
    )
  })
}
