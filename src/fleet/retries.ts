import { setTimeout as sleep } from 'node:timers/promises'
import type { Emit } from '../model/events.ts'
import type { Code, HostResult } from '../model/outcome.ts'

const FIRST_PAUSE_SECONDS = 5
const LONGEST_PAUSE_SECONDS = 60

interface RetryOptions {
  readonly emit: Emit
  /** Nobody is tried again after this. */
  readonly stop: AbortSignal
  /** Of the clock of `performance`: nobody is tried again who could only be after this. */
  readonly deadline: number
}

/**
 * Tries a host again that could not be reached, after longer and longer pauses; one that answers and does not let us in
 * is not tried again. Resolves to the last result.
 */
export async function retry(
  first: HostResult,
  attempt: () => Promise<HostResult>,
  { emit, stop, deadline }: RetryOptions,
): Promise<HostResult> {
  let result = first
  for (let pause = FIRST_PAUSE_SECONDS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_SECONDS)) {
    if (!mayPass(result) || performance.now() + pause * 1_000 > deadline) return result
    emit({ event: 'notice', host: result.host, message: `${result.message}; tried again in ${pause} s` })
    if (!(await isPast(pause, stop))) return result
    result = await attempt()
  }
}

/** Whether what kept us from a host may be over soon: it is down, or too busy. */
export function mayPass({ outcome, code }: HostResult): boolean {
  return outcome === 'unreachable' && MAY_PASS.has(code)
}

const MAY_PASS: ReadonlySet<Code> = new Set(['name', 'tcp', 'refused', 'lost'])

async function isPast(seconds: number, stop: AbortSignal): Promise<boolean> {
  try {
    await sleep(seconds * 1_000, undefined, { signal: stop })
    return true
  } catch {
    return false
  }
}
