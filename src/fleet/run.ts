import pLimit from 'p-limit'
import type { CheckOptions } from '../host/check.ts'
import { checkHost } from '../host/check.ts'
import { confirmByHand } from '../host/confirm-by-hand.ts'
import { deployHost } from '../host/deploy.ts'
import type { EnforceOptions } from '../host/enforce.ts'
import { enforceHost } from '../host/enforce.ts'
import type { HistoryOptions } from '../host/history.ts'
import { hostHistory } from '../host/history.ts'
import { revertByHand } from '../host/revert-by-hand.ts'
import type { RollbackOptions } from '../host/rollback.ts'
import { planRollback, rollbackHost } from '../host/rollback.ts'
import { hostStatus } from '../host/status.ts'
import type { HostContext, Job } from '../host/visit.ts'
import type { AttemptCommand } from '../model/command.ts'
import type { Code, HostResult, Outcome } from '../model/outcome.ts'
import { createRetries } from './retries.ts'

export interface FleetOptions extends HostContext {
  /** Hosts at once. */
  readonly forks: number
  /** How many hosts may end `reverted`, `revert-failed` or `unknown` before no new host is started. */
  readonly maxFailures: number
  /** No new host is started; those in flight are finished. */
  readonly stop: AbortSignal
}

/** Looks at every host. Results in the order of the jobs, exactly one for each. */
export function checkFleet(
  jobs: readonly Job[],
  options: FleetOptions,
  how: CheckOptions = { releases: false },
): Promise<HostResult[]> {
  return visitAll(jobs, (job, context) => checkHost(job, context, how), withoutBudget(options))
}

/**
 * Deploys to every host, until too many of them show that the change is bad. `releases`: which hosts are released that are
 * held. Results in the order of the jobs.
 */
export function deployFleet(
  jobs: readonly Job[],
  options: FleetOptions,
  releases: (host: string) => boolean,
): Promise<HostResult[]> {
  return visitAll(
    jobs,
    (job, context) => deployHost(job, context, { releases: releases(job.host.name) }),
    options,
  )
}

/**
 * Puts every host right that drifted, until too many of them show that it does harm. Those that cannot be reached are
 * tried again for a while. Results in the order of the jobs.
 */
export function enforceFleet(
  jobs: readonly Job[],
  options: FleetOptions,
  { retrySeconds, ...how }: EnforceOptions & { readonly retrySeconds: number },
): Promise<HostResult[]> {
  return visitAll(jobs, (job, context) => enforceHost(job, context, how), options, retrySeconds)
}

/** Brings an older generation back to every host, until too many show that it does harm. Results in the order of the jobs. */
export function rollbackFleet(
  jobs: readonly Job[],
  options: FleetOptions,
  how: RollbackOptions,
): Promise<HostResult[]> {
  return visitAll(jobs, (job, context) => rollbackHost(job, context, how), options)
}

/** What `rollbackFleet` would do; changes nothing. Results in the order of the jobs, exactly one for each. */
export function planFleetRollback(
  jobs: readonly Job[],
  options: FleetOptions,
  how: RollbackOptions,
): Promise<HostResult[]> {
  return visitAll(jobs, (job, context) => planRollback(job, context, how), withoutBudget(options))
}

/** Tells how every host stands. Results in the order of the jobs, exactly one for each. */
export function fleetStatus(jobs: readonly Job[], options: FleetOptions): Promise<HostResult[]> {
  return visitAll(jobs, hostStatus, withoutBudget(options))
}

/** Tells what generations every host keeps. Results in the order of the jobs, exactly one for each. */
export function fleetHistory(
  jobs: readonly Job[],
  options: FleetOptions,
  how: HistoryOptions,
): Promise<HostResult[]> {
  return visitAll(jobs, (job, context) => hostHistory(job, context, how), withoutBudget(options))
}

/** Starts no host. Results in the order of the jobs. */
export function skipFleet(
  jobs: readonly Job[],
  { emit }: FleetOptions,
  code: Code,
  why: string,
): HostResult[] {
  return jobs.map((job) => {
    const result = withoutVisit(job, 'skipped', code, `${why}; nothing was changed`)
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

/** What changes nothing shows nothing of a change either. */
function withoutBudget(options: FleetOptions): FleetOptions {
  return { ...options, maxFailures: Infinity }
}

type VisitHost = (job: Job, context: HostContext) => Promise<HostResult>

/** These say that the change is bad, not that a host is down. */
const BAD: readonly Outcome[] = ['reverted', 'revert-failed', 'unknown']

async function visitAll(
  jobs: readonly Job[],
  visitHost: VisitHost,
  options: FleetOptions,
  retrySeconds = 0,
): Promise<HostResult[]> {
  const { forks, maxFailures, stop, emit } = options
  const limit = pLimit(forks)
  const retries = createRetries(retrySeconds, options)
  let bad = 0

  async function visit(job: Job): Promise<HostResult> {
    const result = await retries.until(() => limit(() => visitOnce(job)))
    emit({ event: 'host', ...result })
    return result
  }

  async function visitOnce(job: Job): Promise<HostResult> {
    const result = skippedNow(job) ?? (await visitSafely(job, visitHost, options))
    if (BAD.includes(result.outcome)) bad += 1
    return result
  }

  function skippedNow(job: Job): HostResult | undefined {
    if (stop.aborted)
      return withoutVisit(job, 'skipped', 'stopped', 'interrupted before its turn; nothing was changed')
    if (bad <= maxFailures) return undefined
    const why = `not started, for ${bad} ${bad === 1 ? 'host' : 'hosts'} did not keep the change; nothing was changed`
    return withoutVisit(job, 'skipped', 'budget', why)
  }

  return Promise.all(jobs.map(visit))
}

/** A bug strikes one host, and the others are served all the same. */
async function visitSafely(job: Job, visitHost: VisitHost, context: HostContext): Promise<HostResult> {
  try {
    return await visitHost(job, context)
  } catch (error) {
    context.emit({
      event: 'notice',
      severity: 'warning',
      host: job.host.name,
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
    const what = error instanceof Error ? error.message : String(error)
    return withoutVisit(
      job,
      'unknown',
      'bug',
      `a bug in mailfw ended the work on this host (${what}); a guard that is armed there puts the old rules back, look with mailfw status`,
    )
  }
}

function withoutVisit(job: Job, outcome: Outcome, code: Code, message: string): HostResult {
  return {
    host: job.host.name,
    outcome,
    code,
    message,
    connections: 0,
    seconds: 0,
    families: {},
    findings: [],
  }
}
