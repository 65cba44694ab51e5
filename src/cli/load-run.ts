import type { FleetCommand } from '../model/command.ts'
import type { FleetFlags } from './flags.ts'
import { loadJobs, loadJobsWithoutRules } from './jobs.ts'
import { isJournaled } from './records.ts'
import { readLogin } from './login.ts'
import { inventoryRevision } from './revision.ts'
import type { Run } from './run.ts'
import type { World } from './world.ts'

/** What a fleet's run is made of. Rejects with InputError and UsageError; nothing was contacted then. */
export async function loadRun(verb: FleetCommand, flags: FleetFlags, world: World): Promise<Run> {
  const login = await readLogin(flags, world)
  const revision = isJournaled(verb) ? inventoryRevision(flags.inventory) : undefined
  const load = LOOKS_BACK.has(verb) ? loadJobsWithoutRules : loadJobs
  const { jobs, rollout } = await load(
    { inventory: flags.inventory, limit: flags.limit, extraVars: flags['extra-vars'] ?? [] },
    login,
    world,
  )
  return { command: verb, flags, jobs, rollout, revision: await revision, world }
}

/** What the inventory wants now does not matter to these. */
const LOOKS_BACK: ReadonlySet<FleetCommand> = new Set(['rollback', 'history'])
