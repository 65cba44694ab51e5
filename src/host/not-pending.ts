import type { Code, HostResult } from '../model/outcome.ts'
import type { KnownAttempt, Status } from '../remote/status.ts'
import { failed } from './endings.ts'
import { byWhom } from './reverted-by.ts'
import { pendingOf } from './standing.ts'
import type { Visit } from './visit.ts'

/** The attempt of that id, where the host still has it; else the result that says what the host has instead. */
export function findAttempt(visit: Visit, id: string, { pending, past }: Status): KnownAttempt | HostResult {
  const before = past
    ? `attempt ${id} was reverted${byWhom(past.revertedBy)}`
    : `the host knows of no attempt ${id}`
  if (pending === undefined) return failed(visit, 'no-attempt', `${before}: none is pending there`)
  if (pending.id !== id) return otherAttempt(visit, before, pending)
  return pending.thisBoot
    ? pending
    : failed(visit, 'no-attempt', `the host was rebooted since attempt ${id}, so its saved rules are live`)
}

function otherAttempt(visit: Visit, before: string, other: KnownAttempt): HostResult {
  const name = `${before}: the host's last one is ${other.id}, which`
  return isOver(other)
    ? failed(visit, 'other-attempt', `${name} was ${other.state}`)
    : stillArmed(visit, other, 'other-attempt', `${name} is ${other.state}`)
}

/** Whether a generation is of that attempt, which was asked for, and nothing of it is left to decide. */
export function isConfirmed(id: string, { pending, confirmation }: Status): boolean {
  return pending?.id !== id && confirmation !== undefined
}

/** Not done, and the attempt goes on to its deadline. */
export function stillArmed(visit: Visit, attempt: KnownAttempt, code: Code, sentence: string): HostResult {
  const { id, secondsLeft, guardAlive } = attempt
  const when = secondsLeft > 0 ? `in ${secondsLeft} s` : 'now'
  const then = guardAlive
    ? `the guard of attempt ${id} puts the old rules back ${when}`
    : `the guard of attempt ${id} is gone, so the next deploy puts the old rules back`
  return { ...failed(visit, code, `${sentence}; ${then}`), pending: pendingOf(attempt) }
}

function isOver({ state, thisBoot }: KnownAttempt): boolean {
  return !thisBoot || state === 'confirmed' || state === 'reverted' || state === 'revert-failed'
}
