import { join, resolve } from 'node:path'
import { createSystemd } from '../controller/systemd.ts'
import { readUnits, removeUnits, unitDirectory } from '../controller/unit-files.ts'
import type { Unit } from '../controller/units.ts'
import { unitName } from '../controller/units.ts'
import type { ScheduleFlags } from './flags.ts'
import { scopeOf } from './schedule-plan.ts'
import { UsageError } from './usage-error.ts'
import type { World } from './world.ts'

/** Stops the timer and deletes both units. A run that is under way goes on to its end. */
export async function remove(flags: ScheduleFlags, world: World): Promise<number> {
  const systemd = createSystemd(scopeOf(flags, world), world.env)
  const { name, directory, units } = await installedUnits(flags, world)
  await systemd.run('systemctl', 'disable', '--now', `${name}.timer`)
  await removeUnits(name, directory)
  await systemd.succeed('systemctl', 'daemon-reload')
  await systemd.run('systemctl', 'reset-failed', `${name}.service`)
  world.stdout.write(units.map((unit) => `Removed ${join(directory, unit.name)}.\n`).join(''))
  return 0
}

export interface Installed {
  readonly name: string
  readonly directory: string
  readonly units: readonly Unit[]
}

/** The units of an inventory. Rejects with UsageError where there are none. */
export async function installedUnits(flags: ScheduleFlags, world: World): Promise<Installed> {
  const scope = scopeOf(flags, world)
  const name = unitName(resolve(flags.inventory))
  const directory = unitDirectory(scope, world.env, world.home)
  const units = await readUnits(name, directory)
  if (units.length > 0) return { name, directory, units }
  throw new UsageError(
    `There is no ${scope} schedule for ${resolve(flags.inventory)}: expected ${join(directory, `${name}.timer`)}.`,
  )
}
