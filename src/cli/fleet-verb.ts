import { makeBatches } from '../fleet/batches.ts'
import type { FleetOptions } from '../fleet/options.ts'
import type { RolloutPlan } from '../fleet/rollout.ts'
import {
  checkFleet,
  deployFleet,
  fleetHistory,
  fleetStatus,
  planFleetRollback,
  rollbackFleet,
} from '../fleet/run.ts'
import { removalKey } from '../host/first-deploy/removals.ts'
import type { RollbackOptions } from '../host/rollback.ts'
import type { FleetCommand } from '../model/command.ts'
import type { HostResult } from '../model/outcome.ts'
import type { Reporter } from '../report/reporter.ts'
import { refuseUnwritable } from './afterwards.ts'
import type { FleetFlags } from './flags.ts'
import { loadRun } from './load-run.ts'
import type { Conversation } from './plan-then-deploy.ts'
import { planThenDeploy } from './plan-then-deploy.ts'
import { confirm } from './prompt.ts'
import { refuseUnanswerable, rolloutPlan } from './rollout-plan.ts'
import type { Run } from './run.ts'
import { carryOut } from './run.ts'
import { wantsQuestion } from './session-question.ts'
import type { World } from './world.ts'

/** The verbs that visit a selection of hosts and may ask: a whole run, from the inventory to the exit code. */
export async function runOnFleet(verb: Verb, flags: FleetFlags, world: World): Promise<number> {
  if (CHANGES.has(verb)) refuseUnanswerable(flags, world)
  await refuseUnwritable(flags)
  const run = await loadRun(verb, flags, world)
  return carryOut(run, (options, reporter) => visitFleet(verb, run, options, reporter))
}

type Verb = Exclude<FleetCommand, 'enforce'>

const CHANGES: ReadonlySet<Verb> = new Set(['deploy', 'rollback'])

function visitFleet(
  verb: Verb,
  run: Run,
  options: FleetOptions,
  reporter: Reporter,
): Promise<readonly HostResult[]> {
  const { jobs, flags } = run
  switch (verb) {
    case 'deploy':
      return deploy(run, options, reporter)
    case 'check':
      return checkFleet(jobs, options, { releases: false, ports: flags.ports === true })
    case 'status':
      return fleetStatus(jobs, options)
    case 'rollback':
      return rollback(run, options, reporter)
    case 'history':
      return fleetHistory(jobs, options, flags.compare === undefined ? {} : { compare: flags.compare })
  }
}

async function deploy(run: Run, options: FleetOptions, reporter: Reporter): Promise<readonly HostResult[]> {
  const { flags, jobs, world } = run
  const plan = rolloutPlan(run, reporter)
  const how = { releases: flags.release === true }
  if (!wantsQuestion(flags, world))
    return deployFleet(jobs, options, plan, () => ({ ...how, shown: new Set() }))
  return planThenDeploy(jobs, {
    ...conversation(world, reporter, plan),
    check: (some) => checkFleet(some, options, how),
    deploy: (some, { released, planned }) =>
      deployFleet(some, options, plan, (host) => ({
        releases: how.releases || released.has(host),
        shown: new Set(planned.get(host)?.removes?.map(removalKey)),
      })),
  })
}

async function rollback(run: Run, options: FleetOptions, reporter: Reporter): Promise<readonly HostResult[]> {
  const { flags, jobs, world } = run
  const plan = rolloutPlan(run, reporter)
  const how: RollbackOptions = {
    to: flags.to ?? 'previous',
    ...(flags.reason !== undefined && { reason: flags.reason }),
  }
  if (!wantsQuestion(flags, world)) return rollbackFleet(jobs, options, plan, how)
  return planThenDeploy(jobs, {
    ...conversation(world, reporter, plan),
    check: (some) => planFleetRollback(some, options, how),
    deploy: (some) => rollbackFleet(some, options, plan, how),
  })
}

function conversation(
  world: World,
  reporter: Reporter,
  plan: RolloutPlan,
): Pick<Conversation, 'batches' | 'show' | 'ask' | 'stop'> {
  return {
    batches: (jobs) =>
      makeBatches(
        jobs.map(({ host }) => host.name),
        plan,
      ).length,
    show: reporter.changes,
    ask: (question) => confirm(question, world),
    stop: world.stop,
  }
}
