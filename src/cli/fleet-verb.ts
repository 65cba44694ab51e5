import type { FleetOptions } from '../fleet/run.ts'
import { checkFleet, deployFleet, fleetStatus } from '../fleet/run.ts'
import type { FleetCommand } from '../model/command.ts'
import type { HostResult } from '../model/outcome.ts'
import type { Reporter } from '../report/reporter.ts'
import { refuseUnwritable } from './afterwards.ts'
import type { FleetFlags } from './flags.ts'
import { loadJobs } from './jobs.ts'
import { readLogin } from './login.ts'
import { planThenDeploy } from './plan-then-deploy.ts'
import { canAsk, confirm } from './prompt.ts'
import { inventoryRevision } from './revision.ts'
import type { Run } from './run.ts'
import { carryOut } from './run.ts'
import type { World } from './world.ts'

/** `mailfw deploy`, `check` and `status`: a whole run, from the inventory to the exit code. */
export async function runOnFleet(verb: FleetCommand, flags: FleetFlags, world: World): Promise<number> {
  await refuseUnwritable(flags)
  const login = await readLogin(flags, world)
  const revision = verb === 'deploy' ? inventoryRevision(flags.inventory) : undefined
  const jobs = await loadJobs(
    { inventory: flags.inventory, limit: flags.limit, extraVars: flags['extra-vars'] ?? [] },
    login,
    world,
  )
  const run = { command: verb, flags, jobs, revision: await revision, world }
  return carryOut(run, (options, reporter) => {
    switch (verb) {
      case 'deploy':
        return deploy(run, options, reporter)
      case 'check':
        return checkFleet(jobs, options)
      case 'status':
        return fleetStatus(jobs, options)
    }
  })
}

async function deploy(
  { flags, jobs, world }: Run,
  options: FleetOptions,
  reporter: Reporter,
): Promise<readonly HostResult[]> {
  if (!wantsQuestion(flags, world)) return deployFleet(jobs, options)
  return planThenDeploy(jobs, {
    check: (some) => checkFleet(some, options),
    deploy: (some) => deployFleet(some, options),
    show: reporter.changes,
    ask: (question) => confirm(question, world),
    stop: world.stop,
  })
}

/** A person is there, and reads text: programs are never asked. */
function wantsQuestion(flags: FleetFlags, world: World): boolean {
  return flags.yes !== true && (flags.output ?? 'text') === 'text' && canAsk(world)
}
