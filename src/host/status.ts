import { FAMILIES } from '../model/family.ts'
import type { HostResult } from '../model/outcome.ts'
import type { Connection } from '../model/transport.ts'
import { CallError, Refusal } from '../remote/call.ts'
import type { Examination } from '../remote/examine.ts'
import type { Status } from '../remote/status.ts'
import { readStatus } from '../remote/status.ts'
import { compared } from './check.ts'
import { untouched } from './endings.ts'
import type { Look } from './look.ts'
import { look } from './look.ts'
import { oneVisit } from './one-visit.ts'
import type { Plan } from './plan.ts'
import { standingOf } from './standing.ts'
import type { HostContext, Job, Visit } from './visit.ts'
import { whatDiffers } from './what-differs.ts'

const STATUS_SECONDS = 30
const TRIES = 3

/**
 * How a host stands: what `checkHost` says of it, and what attempts have left there. One connection, nothing changed.
 * Never rejects for the host's sake.
 */
export function hostStatus(job: Job, context: HostContext): Promise<HostResult> {
  return oneVisit(job, context, survey)
}

/** An attempt that came to its end between the two calls would give one picture of two moments: look again then. */
async function survey(visit: Visit, connection: Connection): Promise<HostResult> {
  for (let tries = 1; ; tries++) {
    const seen = await look(visit, connection).catch((error: unknown) => untouched(visit, error))
    if ('outcome' in seen) return unseen(visit, connection, seen)
    const status = await readStatus(connection, visit.callOptions(STATUS_SECONDS))
    if (tries < TRIES && (!isSameMoment(seen.examination, status) || isEnding(status))) continue
    return withStanding(compared(visit, seen), status, seen)
  }
}

/** Whoever cannot compare the rules has to know of a pending attempt all the more. */
async function unseen(visit: Visit, connection: Connection, result: HostResult): Promise<HostResult> {
  try {
    return withStanding(result, await readStatus(connection, visit.callOptions(STATUS_SECONDS)))
  } catch (error) {
    if (error instanceof CallError || error instanceof Refusal) return result
    throw error
  }
}

function isSameMoment(examination: Examination, status: Status): boolean {
  return (
    examination.pending?.id === status.pending?.id &&
    examination.pending?.state === status.pending?.state &&
    examination.generation === status.generation
  )
}

/** Whoever saves it sends the guard away when all is done, a moment before the attempt is gone: that is no one who died. */
function isEnding({ pending }: Status): boolean {
  return pending?.state === 'confirming' && !pending.guardAlive
}

function withStanding(result: HostResult, status: Status, seen?: Look): HostResult {
  const { revertFailed, sentence, ...facts } = standingOf(status, Date.now())
  if (sentence === undefined) return { ...result, ...facts }
  const told = { ...result, ...facts, message: `${sentence}; ${comparison(result, seen)}` }
  // What is live and saved as wanted needs no revert any more.
  return revertFailed && result.outcome !== 'unchanged'
    ? {
        ...told,
        outcome: 'revert-failed',
        code: facts.lost === undefined ? 'revert-incomplete' : 'revert-partial',
      }
    : told
}

/** While an attempt is on the host nobody is to think of a first deploy. */
function comparison({ outcome, code, message }: HostResult, seen: Look | undefined): string {
  return seen?.kind === 'plan' && outcome === 'would-change' && code === 'drift'
    ? `${isLive(seen.plan) ? 'live rules are as wanted, ' : ''}${whatDiffers(seen.plan, seen.examination.generation)}; nothing was changed`
    : message
}

/** Whoever is to decide a pending attempt asks this first. */
function isLive({ states }: Plan): boolean {
  return FAMILIES.every((family) => (states[family]?.live ?? 'as-wanted') === 'as-wanted')
}
