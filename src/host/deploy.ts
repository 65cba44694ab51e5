import type { HostResult } from '../model/outcome.ts'
import type { Connection } from '../model/transport.ts'
import type { Decide, Decision } from './change.ts'
import { changeHost } from './change.ts'
import { unchanged } from './check.ts'
import { objected } from './endings.ts'
import { refuseUnseen } from './first-deploy/unseen.ts'
import { inventoryGoal } from './goal.ts'
import { held, holdSeen } from './held.ts'
import { look } from './look.ts'
import type { HostContext, Job, Visit } from './visit.ts'

export interface DeployOptions {
  /** Whether hosts that are held after a rollback are released by this. */
  readonly releases: boolean
  /** Keys of the removals that a person was shown, and said yes to. */
  readonly shown: ReadonlySet<string>
}

/**
 * Makes one host as wanted: examine, plan, apply, and over a new connection confirm, else revert. Never rejects for
 * the host's sake.
 */
export function deployHost(job: Job, context: HostContext, options: DeployOptions): Promise<HostResult> {
  const decide: Decide = (visit, connection) => decideDeploy(visit, connection, options)
  return changeHost(job, context, decide)
}

async function decideDeploy(
  visit: Visit,
  connection: Connection,
  { releases, shown }: DeployOptions,
): Promise<Decision> {
  const seen = await look(visit, connection)
  const hold = holdSeen(seen)
  const result = hold && !releases ? held(visit, hold) : undefined
  if (seen.kind === 'objection') return { kind: 'refuse', result: result ?? objected(visit, seen.objection) }
  if (result) return { kind: 'leave', seen, result }
  if (seen.plan.isEmpty && hold === undefined) return { kind: 'leave', seen, result: unchanged(visit) }
  const refused = refuseUnseen(visit, seen, shown)
  if (refused !== undefined) return { kind: 'leave', seen, result: refused }
  return { kind: 'change', seen, goal: inventoryGoal(visit, seen.examination) }
}
