import { performance } from 'node:perf_hooks'
import type { HostResult } from '../model/outcome.ts'
import type { Applied } from '../remote/attempt.ts'
import type { Examination } from '../remote/examine.ts'
import type { Goal } from './goal.ts'
import type { Plan } from './plan.ts'
import type { Visit } from './visit.ts'
import type { Proof } from './proof.ts'

/** One try on one host. */
export interface Attempt {
  readonly id: string
  readonly goal: Goal
  readonly plan: Plan
  readonly examination: Examination
  readonly proof: Proof
  /** Where the connection was made to that examined the host: an address, behind a jump host or proxy maybe a name. */
  readonly dialled: string
  /** What the guard waits. */
  readonly seconds: number
  /** By `performance.now()`: not later than the host's own deadline. */
  readonly deadline: number
  /** The host's answer; absent where the change ended our session before it came. */
  readonly applied: Applied | undefined
  /** Another run made it, and a person confirms it. */
  readonly byHand?: true
}

export function secondsLeft({ deadline }: Attempt): number {
  return Math.max(0, Math.ceil((deadline - performance.now()) / 1000))
}

/** The run was ended at once; the guard does the rest. */
export function interrupted(visit: Visit, attempt: Attempt): HostResult {
  const left = secondsLeft(attempt)
  return visit.result(
    'unknown',
    'interrupted',
    `interrupted; the guard of attempt ${attempt.id} puts the old rules back in ${left} s unless it was confirmed: look with mailfw status then`,
    { pending: { id: attempt.id, secondsLeft: left } },
  )
}

/** Applied, reached again, and left to a person: the guard waits on. */
export function awaiting(visit: Visit, attempt: Attempt): HostResult {
  const left = secondsLeft(attempt)
  const command = visit.context.confirmCommand(visit.host.name, attempt.id)
  return visit.result(
    'unknown',
    'awaiting-confirmation',
    `applied, and the old rules come back in ${left} s unless it is confirmed: open a new SSH session from another machine, then ${command}`,
    { pending: { id: attempt.id, secondsLeft: left } },
  )
}

/** The address leads to another machine by now; what became of the one that was changed is not known. */
export function otherMachine(visit: Visit, attempt: Attempt): HostResult {
  const left = secondsLeft(attempt)
  const { hostname } = attempt.examination
  return visit.result(
    'unknown',
    'other-machine',
    `expected ${hostname}, but another machine answers at this address now; on ${hostname} the guard of attempt ${attempt.id} puts the old rules back ${left === 0 ? 'by now' : `in ${left} s`} unless they were confirmed: reach it by an address of its own, and look with mailfw status`,
    { pending: { id: attempt.id, secondsLeft: left } },
  )
}

/** We could not learn how it ended. */
export function undecided(visit: Visit, attempt: Attempt, sentence: string): HostResult {
  const left = secondsLeft(attempt)
  return visit.result(
    'unknown',
    'no-answer',
    `${sentence}; the guard of attempt ${attempt.id} puts the old rules back ${left === 0 ? 'by now' : `in ${left} s`} unless they were confirmed: look with mailfw status`,
    { pending: { id: attempt.id, secondsLeft: left } },
  )
}
