import type { FleetOptions } from '../fleet/run.ts'
import {
  checkFleet,
  deployFleet,
  fleetHistory,
  fleetStatus,
  planFleetRollback,
  rollbackFleet,
} from '../fleet/run.ts'
import type { RollbackOptions } from '../host/rollback.ts'
import type { FleetCommand } from '../model/command.ts'
import type { HostResult } from '../model/outcome.ts'
import type { Reporter } from '../report/reporter.ts'
import { refuseUnwritable } from './afterwards.ts'
import type { FleetFlags } from './flags.ts'
import { loadRun } from './load-run.ts'
import type { Conversation } from './plan-then-deploy.ts'
import { planThenDeploy } from './plan-then-deploy.ts'
import { canAsk, confirm } from './prompt.ts'
import type { Run } from './run.ts'
import { carryOut } from './run.ts'
import type { World } from './world.ts'

/** The verbs that visit a selection of hosts and may ask: a whole run, from the inventory to the exit code. */
export async function runOnFleet(verb: Verb, flags: FleetFlags, world: World): Promise<number> {
  await refuseUnwritable(flags)
  const run = await loadRun(verb, flags, world)
  return carryOut(run, (options, reporter) => visitFleet(verb, run, options, reporter))
}

type Verb = Exclude<FleetCommand, 'enforce'>

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

async function deploy(
  { flags, jobs, world }: Run,
  options: FleetOptions,
  reporter: Reporter,
): Promise<readonly HostResult[]> {
  const how = { releases: flags.release === true }
  if (!wantsQuestion(flags, world)) return deployFleet(jobs, options, () => how.releases)
  return planThenDeploy(jobs, {
    ...conversation(world, reporter),
    check: (some) => checkFleet(some, options, how),
    deploy: (some, { released }) => deployFleet(some, options, (host) => how.releases || released.has(host)),
  })
}

async function rollback(
  { flags, jobs, world }: Run,
  options: FleetOptions,
  reporter: Reporter,
): Promise<readonly HostResult[]> {
  const how: RollbackOptions = {
    to: flags.to ?? 'previous',
    ...(flags.reason !== undefined && { reason: flags.reason }),
  }
  if (!wantsQuestion(flags, world)) return rollbackFleet(jobs, options, how)
  return planThenDeploy(jobs, {
    ...conversation(world, reporter),
    check: (some) => planFleetRollback(some, options, how),
    deploy: (some) => rollbackFleet(some, options, how),
  })
}

function conversation(world: World, reporter: Reporter): Pick<Conversation, 'show' | 'ask' | 'stop'> {
  return {
    show: reporter.changes,
    ask: (question) => confirm(question, world),
    stop: world.stop,
  }
}

/** A person is there, and reads text: programs are never asked. */
function wantsQuestion(flags: FleetFlags, world: World): boolean {
  return flags.yes !== true && (flags.output ?? 'text') === 'text' && canAsk(world)
}
