import { printable } from '../lib/printable.ts'
import type { FleetCommand } from '../model/command.ts'
import type { Rollout } from '../model/rollout.ts'
import type { FleetFlags } from './flags.ts'
import { loadJobs, loadJobsWithoutRules, selectionOf } from './jobs.ts'
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
  const { jobs, inventory, rollout } = await load(selectionOf(flags), login, world)
  warnOfOthers(verb, flags, rollout, world)
  return { command: verb, flags, jobs, inventory, rollout, revision: await revision, world }
}

/** What the inventory wants now does not matter to these. */
const LOOKS_BACK: ReadonlySet<FleetCommand> = new Set(['rollback', 'history'])

const ROLLS_OUT: ReadonlySet<FleetCommand> = new Set(['deploy', 'enforce', 'rollback'])

/** What the other shards do, and when, is not known here. */
function warnOfOthers(
  verb: FleetCommand,
  { shard }: FleetFlags,
  { apart = [] }: Rollout,
  world: World,
): void {
  if (shard === undefined || apart.length === 0 || !ROLLS_OUT.has(verb)) return
  const groups = apart.map(({ group }) => group).join(', ')
  world.stderr.write(
    `Within shard ${shard} alone the hosts of ${printable(groups)} are kept apart: another shard may change the others of them at the same time.\n`,
  )
}
