import type { CheckOptions } from '../host/check.ts'
import { checkHost } from '../host/check.ts'
import { confirmByHand } from '../host/confirm-by-hand.ts'
import type { DeployOptions } from '../host/deploy.ts'
import { deployHost } from '../host/deploy.ts'
import type { EnforceOptions } from '../host/enforce.ts'
import { enforceHost } from '../host/enforce.ts'
import type { HistoryOptions } from '../host/history.ts'
import { hostHistory } from '../host/history.ts'
import { revertByHand } from '../host/revert-by-hand.ts'
import type { RollbackOptions } from '../host/rollback.ts'
import { planRollback, rollbackHost } from '../host/rollback.ts'
import { hostStatus } from '../host/status.ts'
import type { Job } from '../host/visit.ts'
import type { AttemptCommand } from '../model/command.ts'
import type { Code, HostResult } from '../model/outcome.ts'
import type { FleetOptions } from './options.ts'
import type { RolloutPlan } from './rollout.ts'
import { rollOut } from './rollout.ts'
import type { VisitHost } from './visit-safely.ts'
import { skipped } from './visit-safely.ts'

/** Looks at every host. Results in the order of the jobs, exactly one for each. */
export function checkFleet(
  jobs: readonly Job[],
  options: FleetOptions,
  how: CheckOptions = { releases: false },
): Promise<HostResult[]> {
  return visitAll(jobs, (job, context) => checkHost(job, context, how), options)
}

/**
 * Deploys to every host as the plan has it, until too many of them show that the change is bad. `how`: for each host by its name.
 * Results in the order of the jobs.
 */
export function deployFleet(
  jobs: readonly Job[],
  options: FleetOptions,
  plan: RolloutPlan,
  how: (host: string) => DeployOptions,
): Promise<HostResult[]> {
  const visitHost: VisitHost = (job, context) => deployHost(job, context, how(job.host.name))
  return rollOut(jobs, { visitHost, retrySeconds: 0 }, options, plan)
}

/**
 * Puts every host right that drifted, until too many of them show that it does harm. Those that cannot be reached are
 * tried again for a while. Results in the order of the jobs.
 */
export function enforceFleet(
  jobs: readonly Job[],
  options: FleetOptions,
  plan: RolloutPlan,
  { retrySeconds, ...how }: EnforceOptions & { readonly retrySeconds: number },
): Promise<HostResult[]> {
  const visitHost: VisitHost = (job, context) => enforceHost(job, context, how)
  return rollOut(jobs, { visitHost, retrySeconds }, options, plan)
}

/** Brings an older generation back to every host, until too many show that it does harm. Results in the order of the jobs. */
export function rollbackFleet(
  jobs: readonly Job[],
  options: FleetOptions,
  plan: RolloutPlan,
  how: RollbackOptions,
): Promise<HostResult[]> {
  const visitHost: VisitHost = (job, context) => rollbackHost(job, context, how)
  return rollOut(jobs, { visitHost, retrySeconds: 0 }, options, plan)
}

/** What `rollbackFleet` would do; changes nothing. Results in the order of the jobs, exactly one for each. */
export function planFleetRollback(
  jobs: readonly Job[],
  options: FleetOptions,
  how: RollbackOptions,
): Promise<HostResult[]> {
  return visitAll(jobs, (job, context) => planRollback(job, context, how), options)
}

/** Tells how every host stands. Results in the order of the jobs, exactly one for each. */
export function fleetStatus(jobs: readonly Job[], options: FleetOptions): Promise<HostResult[]> {
  return visitAll(jobs, hostStatus, options)
}

/** Tells what generations every host keeps. Results in the order of the jobs, exactly one for each. */
export function fleetHistory(
  jobs: readonly Job[],
  options: FleetOptions,
  how: HistoryOptions,
): Promise<HostResult[]> {
  return visitAll(jobs, (job, context) => hostHistory(job, context, how), options)
}

/** Starts no host. Results in the order of the jobs. */
export function skipFleet(
  jobs: readonly Job[],
  { emit }: FleetOptions,
  code: Code,
  why: string,
): HostResult[] {
  return jobs.map((job) => {
    const result = skipped(job, code, why)
    emit({ event: 'host', ...result })
    return result
  })
}

/** Confirms or reverts a pending attempt of the one host that `jobs` has. */
export function actByHand(
  verb: AttemptCommand,
  attempt: string,
  jobs: readonly Job[],
  options: FleetOptions,
): Promise<HostResult[]> {
  const act = { confirm: confirmByHand, revert: revertByHand }[verb]
  return visitAll(jobs, (job, context) => act(attempt, job, context), options)
}

/** What changes nothing shows nothing of a change either: all at once, to the end. */
function visitAll(jobs: readonly Job[], visitHost: VisitHost, options: FleetOptions): Promise<HostResult[]> {
  return rollOut(jobs, { visitHost, retrySeconds: 0 }, options, {
    shares: [{ kind: 'percent', percent: 100 }],
    apart: [],
    total: jobs.length,
    maxFailures: { kind: 'hosts', count: jobs.length },
    whenExceeded: 'stop',
  })
}
