import { actByHand } from '../fleet/run.ts'
import type { AttemptCommand } from '../model/command.ts'
import type { ByHandFlags } from './flags.ts'
import { renderJobs, withoutRules } from './jobs.ts'
import { readLogin } from './login.ts'
import { loadOneHost } from './one-host.ts'
import { inventoryRevision } from './revision.ts'
import { carryOut } from './run.ts'
import type { World } from './world.ts'

/** `mailfw confirm` and `mailfw revert`: one host, one attempt. */
export async function runByHand(verb: AttemptCommand, flags: ByHandFlags, world: World): Promise<number> {
  const login = await readLogin(flags, world)
  const revision = inventoryRevision(flags.inventory)
  const host = await loadOneHost(
    { inventory: flags.inventory, name: flags.host, extraVars: flags['extra-vars'] ?? [] },
    login,
  )
  const jobs = verb === 'confirm' ? renderJobs([host], flags.inventory) : [withoutRules(host)]
  const told = { flags: { ...flags, limit: host.name }, jobs, rollout: {}, revision: await revision, world }
  return carryOut({ command: verb, ...told }, (options) => actByHand(verb, flags.attempt, jobs, options))
}
