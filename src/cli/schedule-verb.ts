import { hasSystemd, SystemdError } from '../controller/systemd.ts'
import type { FlagTable, ScheduleFlags } from './flags.ts'
import { SCHEDULED_FLAGS } from './flags.ts'
import { install, showCronLine } from './schedule-install.ts'
import { remove } from './schedule-remove.ts'
import { show } from './schedule-show.ts'
import { UsageError } from './usage-error.ts'
import type { World } from './world.ts'

/** `mailfw schedule install`, `show` and `remove`. */
export async function runSchedule(flags: ScheduleFlags, world: World): Promise<number> {
  if (flags.action !== 'install') refuseOtherFlags(flags)
  try {
    if (hasSystemd()) return await VERBS[flags.action](flags, world)
  } catch (error) {
    if (error instanceof SystemdError || isRefusedByFiles(error)) throw new UsageError(`${error.message}.`)
    throw error
  }
  if (flags.action === 'install') return showCronLine(flags, world)
  throw new UsageError(
    'There is no schedule: systemd does not run this machine, and mailfw changes no crontab; see crontab -l.',
  )
}

/** Such as a plain user meets in the directories of the system. */
function isRefusedByFiles(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && 'path' in error
}

const VERBS = { install, show, remove } as const

/** What an installed schedule does is said in its units. */
function refuseOtherFlags(flags: ScheduleFlags): void {
  const values: Readonly<Record<string, unknown>> = flags
  const table: FlagTable = { 'on-calendar': {}, ...SCHEDULED_FLAGS }
  const given = Object.keys(table).find((name) => ![undefined, false].includes(asSwitch(values[name])))
  if (given === undefined) return
  throw new UsageError(
    `--${given} is for schedule install; schedule ${flags.action} takes the inventory and --scope. Nothing was changed.`,
  )
}

function asSwitch(value: unknown): boolean | undefined {
  return value === undefined || (Array.isArray(value) && value.length === 0) ? undefined : value !== false
}
