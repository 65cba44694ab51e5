/** A timer that runs. */
export interface RunningTimer {
  leftMs(): number
  /** Harmless twice. */
  stop(): void
}

/** Time is counted in such pieces. */
const PIECE_MS = 1_000
/** A piece that ends later than that was not ours: we were stopped, or busy. */
const LATE_MS = 500
/** A machine that is late each time has to come to an end, too. */
const MOST_LATE = 10

/**
 * Calls `action` once, after `milliseconds` in which this process ran. Timers go before what has arrived meanwhile is read:
 * after a stop (Ctrl-Z, a laptop's sleep, a long computation) a plain one takes an answer that is here for one that never came.
 */
export function startRunningTimer(milliseconds: number, action: () => void): RunningTimer {
  let left = milliseconds
  let since = performance.now()
  let late = 0
  let piece: NodeJS.Timeout | undefined
  const passed = (): number => performance.now() - since
  const wait = (): void => {
    since = performance.now()
    const length = Math.min(left, PIECE_MS)
    piece = setTimeout(() => {
      const wasLate = passed() > length + LATE_MS
      if (wasLate && late < MOST_LATE) late += 1
      else left -= passed()
      // Less than a timer can tell
      if (left < 1) action()
      else wait()
    }, length)
  }
  wait()
  return {
    leftMs: () => left - Math.min(passed(), PIECE_MS),
    stop: () => {
      clearTimeout(piece)
    },
  }
}
