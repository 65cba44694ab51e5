import { setTimeout as sleep } from 'node:timers/promises'
import type { Emit } from '../model/events.ts'
import type { Code, HostResult } from '../model/outcome.ts'

const FIRST_PAUSE_SECONDS = 5
const LONGEST_PAUSE_SECONDS = 60

interface RetryOptions {
  readonly emit: Emit
  /** Nobody is tried again after this. */
  readonly stop: AbortSignal
}

/**
 * Tries hosts again that cannot be reached: each after longer pauses, all until `seconds` have passed since this was
 * made. A host that answers and does not let us in is not tried again.
 */
export function createRetries(
  seconds: number,
  { emit, stop }: RetryOptions,
): { readonly until: (attempt: () => Promise<HostResult>) => Promise<HostResult> } {
  const deadline = performance.now() + seconds * 1_000
  return {
    until: async (attempt) => {
      for (let pause = FIRST_PAUSE_SECONDS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_SECONDS)) {
        const result = await attempt()
        if (!MAY_PASS.has(result.code) || result.outcome !== 'unreachable') return result
        if (performance.now() + pause * 1_000 > deadline) return result
        emit({ event: 'notice', host: result.host, message: `${result.message}; tried again in ${pause} s` })
        if (!(await isPast(pause, stop))) return result
      }
    },
  }
}

/** What may be over soon: the host is down, or too busy. */
const MAY_PASS: ReadonlySet<Code> = new Set(['name', 'tcp', 'refused', 'lost'])

async function isPast(seconds: number, stop: AbortSignal): Promise<boolean> {
  try {
    await sleep(seconds * 1_000, undefined, { signal: stop })
    return true
  } catch {
    return false
  }
}
