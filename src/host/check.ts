import type { HostResult } from '../model/outcome.ts'
import { failed } from './endings.ts'
import type { Look } from './look.ts'
import { look } from './look.ts'
import { oneVisit } from './one-visit.ts'
import type { Plan } from './plan.ts'
import type { HostContext, Job, Visit } from './visit.ts'
import { whatDiffers } from './what-differs.ts'

/** Whether a host is as wanted: one connection, one remote call, nothing changed. Never rejects for the host's sake. */
export function checkHost(job: Job, context: HostContext): Promise<HostResult> {
  return oneVisit(job, context, async (visit, connection) => compared(visit, await look(visit, connection)))
}

/** What a look at the host says of it beside the inventory. */
export function compared(visit: Visit, seen: Look): HostResult {
  if (seen.kind === 'objection') {
    const { code, message, fix } = seen.objection
    return failed(visit, code, message, fix)
  }
  return seen.plan.isEmpty ? unchanged(visit) : wouldChange(visit, seen.plan, seen.examination.generation)
}

export function unchanged(visit: Visit): HostResult {
  return visit.result('unchanged', 'as-wanted', 'live and saved rules are as wanted')
}

function wouldChange(visit: Visit, plan: Plan, generation: number | undefined): HostResult {
  if (plan.cannotCompare) {
    return visit.result(
      'would-change',
      'cannot-compare',
      'the host allows no scratch namespace, and these rules were never applied there: what they read there is known after a deploy; nothing was changed',
    )
  }
  const first = generation === undefined ? '; a deploy keeps what is there now as generation 0' : ''
  return visit.result(
    'would-change',
    'drift',
    `${whatDiffers(plan, generation)}${first}; nothing was changed`,
  )
}
