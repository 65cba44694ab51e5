import type { Held, Lock } from '../controller/lock.ts'
import { takeLock } from '../controller/lock.ts'
import { stateDirectory } from '../controller/state-directory.ts'
import { enforceFleet, skipFleet } from '../fleet/run.ts'
import { isSystemError } from '../lib/system-error.ts'
import { refuseUnwritable } from './afterwards.ts'
import type { FleetFlags } from './flags.ts'
import { loadRun } from './load-run.ts'
import { refuseUnanswerable, rolloutPlan } from './rollout-plan.ts'
import type { Run } from './run.ts'
import { carryOut } from './run.ts'
import { UsageError } from './usage-error.ts'
import type { World } from './world.ts'

const RETRY_SECONDS = 300

/**
 * `mailfw enforce`: a whole run, from the inventory to the exit code. Where another enforce of this account is at the same
 * inventory it waits for that, or starts no host.
 */
export async function enforce(flags: FleetFlags, world: World): Promise<number> {
  refuseUnanswerable(flags, world)
  await refuseUnwritable(flags)
  const turn = await takeTurn(flags, world)
  try {
    // Only now: what was written while we waited counts.
    const run = await loadRun('enforce', flags, world)
    if (turn.kind === 'held') return await leave(run, turn)
    return await carryOut(run, (options, reporter) =>
      enforceFleet(run.jobs, options, rolloutPlan(run, reporter), {
        mends: flags.only ?? 'all',
        retrySeconds: flags['retry-seconds'] ?? RETRY_SECONDS,
      }),
    )
  } finally {
    if (turn.kind === 'lock') await turn.release()
  }
}

/** What the other run will write is not overwritten. */
function leave(run: Run, turn: Held): Promise<number> {
  const flags = { ...run.flags }
  delete flags.report
  delete flags.metrics
  return carryOut({ ...run, flags, yields: true }, (options) =>
    Promise.resolve(skipFleet(run.jobs, options, 'busy', `${heldBy(turn)} is at this inventory`)),
  )
}

async function takeTurn({ inventory, wait, quiet }: FleetFlags, world: World): Promise<Lock | Held> {
  const directory = stateDirectory(world.env, world.home)
  const take = async (until: AbortSignal | false): Promise<Lock | Held> => {
    const now = new Date(world.clock.now()).toISOString()
    try {
      return await takeLock(inventory, { directory, processes: world.processes, now, wait: until })
    } catch (error) {
      if (!isSystemError(error)) throw error
      throw new UsageError(
        `${directory}: expected a directory that can be written, for the lock of this inventory, got: ${error.message}. Nothing was contacted.`,
      )
    }
  }
  const turn = await take(false)
  if (turn.kind === 'lock' || wait !== true) return turn
  if (quiet !== true) world.stderr.write(`Waiting: ${heldBy(turn)} is at this inventory.\n`)
  return take(world.stop)
}

function heldBy({ pid, since }: Held): string {
  return `another mailfw enforce (process ${pid}, since ${since})`
}
