import type { HostResult } from '../model/outcome.ts'
import type { Connection } from '../model/transport.ts'
import type { Decide, Decision } from './change.ts'
import { changeHost } from './change.ts'
import { unchanged } from './check.ts'
import { objected } from './endings.ts'
import { inventoryGoal } from './goal.ts'
import { held } from './held.ts'
import { look } from './look.ts'
import type { HostContext, Job, Visit } from './visit.ts'

export interface DeployOptions {
  /** Whether hosts that are held after a rollback are released by this. */
  readonly releases: boolean
}

/**
 * Makes one host as wanted: examine, plan, apply, and over a new connection confirm, else revert. Never rejects for
 * the host's sake.
 */
export function deployHost(job: Job, context: HostContext, { releases }: DeployOptions): Promise<HostResult> {
  const decide: Decide = (visit, connection) => decideDeploy(visit, connection, releases)
  return changeHost(job, context, decide)
}

async function decideDeploy(visit: Visit, connection: Connection, releases: boolean): Promise<Decision> {
  const seen = await look(visit, connection)
  if (seen.kind === 'objection') return { kind: 'refuse', result: objected(visit, seen.objection) }
  const { receipt } = seen.examination
  const isHeld = receipt?.hold !== undefined
  if (isHeld && !releases) return { kind: 'leave', seen, result: held(visit, receipt) }
  if (seen.plan.isEmpty && !isHeld) return { kind: 'leave', seen, result: unchanged(visit) }
  return { kind: 'change', seen, goal: inventoryGoal(visit, seen.examination) }
}
