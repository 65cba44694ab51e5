import type { HostResult } from '../model/outcome.ts'
import { objected } from './endings.ts'
import { held, holdSeen } from './held.ts'
import { lookAtPorts } from './look-at-ports.ts'
import type { Examination } from '../remote/examine.ts'
import { whyNotLoaded } from './boot/not-loaded.ts'
import type { Look } from './look.ts'
import { look } from './look.ts'
import { oneVisit } from './one-visit.ts'
import type { Plan } from './plan.ts'
import type { HostContext, Job, Visit } from './visit.ts'
import { unprovenFinding } from './way-in.ts'
import { whatDiffers } from './what-differs.ts'

export interface CheckOptions {
  /** A host that is held counts as one to be changed. */
  readonly releases: boolean
  /** Also who listens there, beside what the rules open. */
  readonly ports?: boolean
}

/**
 * Whether a host is as wanted: one connection, one remote call, and a second one for its ports; nothing changed. Never
 * rejects for the host's sake.
 */
export function checkHost(job: Job, context: HostContext, options: CheckOptions): Promise<HostResult> {
  return oneVisit(job, context, async (visit, connection) => {
    const seen = await look(visit, connection)
    if (options.ports === true) await lookAtPorts(visit, connection, seen.examination)
    return compared(visit, seen, options)
  })
}

/** What a look at the host says of it beside the inventory. */
export function compared(visit: Visit, seen: Look, { releases } = { releases: false }): HostResult {
  const hold = holdSeen(seen)
  if (hold !== undefined && !releases) return held(visit, hold)
  if (seen.kind === 'objection') return objected(visit, seen.objection)
  const { receipt } = seen.examination
  if (seen.plan.isEmpty && receipt?.hold === undefined) return unchanged(visit)
  visit.learn({ findings: unprovenFinding(visit, seen.examination) })
  return wouldChange(visit, seen.plan, seen.examination)
}

export function unchanged(visit: Visit): HostResult {
  return visit.result('unchanged', 'as-wanted', 'live and saved rules are as wanted')
}

const HOLD_DIFFERS = 'no rule differs, only whether and why the host is held'

export function wouldChange(visit: Visit, plan: Plan, examination: Examination): HostResult {
  const { generation } = examination
  if (plan.cannotCompare) {
    return visit.result(
      'would-change',
      'cannot-compare',
      'the host allows no scratch namespace, and these rules were never applied there: what they read there is known after a deploy; nothing was changed',
    )
  }
  const first = generation === undefined ? '; a deploy keeps what is there now as generation 0' : ''
  const why = whyNotLoaded(plan.states, examination)
  return visit.result(
    'would-change',
    'drift',
    `${plan.isEmpty ? HOLD_DIFFERS : whatDiffers(plan, generation)}${why === undefined ? '' : `; why: ${why}`}${first}; nothing was changed`,
    { ...(why !== undefined && { fix: why }) },
  )
}
