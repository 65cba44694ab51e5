import { setMaxListeners } from 'node:events'
import type { RunningTimer } from '../lib/running-timer.ts'
import { startRunningTimer } from '../lib/running-timer.ts'
import { ConnectError } from '../model/transport.ts'

/** The time that one connect may take, over all its stages; while this process is stopped it stands still. */
export interface Deadline {
  readonly seconds: number
  /** Aborts when the time is over or the run is interrupted; its reason is of no use. */
  readonly signal: AbortSignal
  remainingMs(): number
  /** Waits for the promise, at the most until the deadline: then rejects with what `late` makes, or with `stopped` where the run was interrupted. */
  race<T>(promise: Promise<T>, late: () => ConnectError): Promise<T>
  /** Stops the clock while a human is asked; call what it returns to go on. */
  pause(): () => void
  /** Stops the clock for good. */
  end(): void
}

export function startDeadline(seconds: number, signal: AbortSignal): Deadline {
  const controller = new AbortController()
  let left = seconds * 1000
  let pauses = 0
  let timer: RunningTimer | undefined

  const remainingMs = (): number => (pauses > 0 ? left : (timer?.leftMs() ?? left))
  const expire = (): void => {
    controller.abort()
  }
  const run = (): void => {
    timer = startRunningTimer(left, expire)
  }
  const end = (): void => {
    timer?.stop()
    signal.removeEventListener('abort', expire)
  }

  // One signal is for a whole run, so for any number of hosts; Node would take that for a leak.
  setMaxListeners(0, signal)
  run()
  if (signal.aborted) expire()
  else signal.addEventListener('abort', expire, { once: true })

  return {
    seconds,
    signal: controller.signal,
    remainingMs,
    end,
    pause() {
      if (pauses === 0) {
        left = remainingMs()
        timer?.stop()
      }
      pauses += 1
      return () => {
        pauses -= 1
        if (pauses === 0 && !controller.signal.aborted) run()
      }
    },
    race(promise, late) {
      const why = (): ConnectError => (signal.aborted ? stopped() : late())
      return raceWith(controller.signal, promise, why)
    },
  }
}

/** The run was interrupted. */
export function stopped(): ConnectError {
  return new ConnectError('stopped', 'the run was interrupted before there was a session')
}

async function raceWith<T>(signal: AbortSignal, promise: Promise<T>, why: () => Error): Promise<T> {
  let giveUp = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    giveUp = () => {
      reject(why())
    }
  })
  if (signal.aborted) giveUp()
  else signal.addEventListener('abort', giveUp, { once: true })
  try {
    return await Promise.race([aborted, promise])
  } finally {
    signal.removeEventListener('abort', giveUp)
    aborted.catch(() => undefined)
    promise.catch(() => undefined)
  }
}
