import { join, resolve } from 'node:path'
import { readCalendar } from '../controller/calendar.ts'
import { cronFields, cronLine } from '../controller/cron-line.ts'
import type { Schedule } from '../controller/schedule.ts'
import type { Systemd } from '../controller/systemd.ts'
import { createSystemd, refuseOldSystemd, SystemdError } from '../controller/systemd.ts'
import { timerState } from '../controller/timer-state.ts'
import { runtimeDirectory, unitDirectory, writeUnits } from '../controller/unit-files.ts'
import type { Units } from '../controller/units.ts'
import { makeUnits } from '../controller/units.ts'
import { verifyUnits } from '../controller/verify-units.ts'
import { makeDirectories } from '../lib/make-directories.ts'
import { refuseUnwritable } from './afterwards.ts'
import type { ScheduleFlags } from './flags.ts'
import { canAsk, confirm } from './prompt.ts'
import { DEFAULT_CALENDAR, makeSchedule, scopeOf } from './schedule-plan.ts'
import { tryLogins } from './schedule-trial.ts'
import { shellQuote } from './shell-quote.ts'
import { UsageError } from './usage-error.ts'
import type { World } from './world.ts'

const EXIT_NOT_INSTALLED = 4

/** Shows the units, tries whether they can log in, asks where somebody is there, and puts them in place. */
export async function install(flags: ScheduleFlags, world: World): Promise<number> {
  await refuseUnwritable(flags)
  const scope = scopeOf(flags, world)
  const systemd = createSystemd(scope, world.env)
  const trialDirectory = runtimeDirectory(scope, world.env)
  await refuseOldSystemd(systemd)
  const calendar = await calendarOf(flags, systemd)
  const schedule = await makeSchedule(flags, calendar, world)
  const directory = unitDirectory(scope, world.env, world.home)
  const units = makeUnits(schedule)
  world.stdout.write(textOf(units, directory))
  await verified(units, systemd)
  // Those of reports are there; what is missing could be made by no run, as all around it is read-only then
  for (const path of schedule.writable) await makeDirectories(path, 0o700)
  const needsNobody = await tryLogins(flags, { schedule, systemd, directory: trialDirectory }, world)
  if (!needsNobody) return EXIT_NOT_INSTALLED
  if (!(await isWanted(flags, world))) {
    world.stderr.write('Nothing was installed.\n')
    return EXIT_NOT_INSTALLED
  }
  await putInPlace(units, directory, systemd)
  world.stdout.write(await installedText(schedule, units, systemd, world))
  return 0
}

/** What a crontab would have to say, where there is no systemd. Nothing is changed. */
export async function showCronLine(flags: ScheduleFlags, world: World): Promise<number> {
  await refuseUnwritable(flags)
  // What a schedule of systemd would be made of: the faults of an inventory are told here too
  const schedule = await makeSchedule(flags, { next: '' }, world)
  const command = shellQuote(schedule.command)
  if (/[\\\n]/.test(command.replaceAll(`'\\''`, '')))
    throw new UsageError(
      `systemd does not run this machine, and a crontab cannot say ${JSON.stringify(command)}: expected paths without backslashes and line breaks.`,
    )
  const onCalendar = flags['on-calendar'] ?? DEFAULT_CALENDAR
  const fields = cronFields(onCalendar)
  world.stderr.write(
    'systemd does not run this machine. Nothing was installed; add this line by crontab -e, and see that it needs neither a passphrase, nor an agent, nor a password:\n',
  )
  if (fields === undefined)
    world.stderr.write(
      `cron has no words for ${JSON.stringify(onCalendar)}: put minute, hour, day, month and weekday in place of the five capitals.\n`,
    )
  world.stdout.write(`${cronLine(fields ?? 'MINUTE HOUR DAY MONTH WEEKDAY', command)}\n`)
  return 0
}

/** Both units under their paths. */
export function textOf({ service, timer }: Units, directory: string): string {
  return [service, timer].map(({ name, text }) => `==> ${join(directory, name)} <==\n${text}\n`).join('')
}

async function calendarOf(
  flags: ScheduleFlags,
  systemd: Systemd,
): Promise<Awaited<ReturnType<typeof readCalendar>>> {
  try {
    return await readCalendar(flags['on-calendar'] ?? DEFAULT_CALENDAR, systemd)
  } catch (error) {
    if (!(error instanceof SystemdError)) throw error
    throw new UsageError(`--on-calendar: ${error.message}; see systemd.time(7). Nothing was installed.`)
  }
}

async function verified(units: Units, systemd: Systemd): Promise<void> {
  try {
    await verifyUnits(units, systemd)
  } catch (error) {
    if (!(error instanceof SystemdError)) throw error
    throw new UsageError(
      `systemd-analyze verify has refused the units: ${error.message}. Nothing was installed.`,
    )
  }
}

/** Programs are never asked. */
async function isWanted(flags: ScheduleFlags, world: World): Promise<boolean> {
  if (world.stop.aborted) return false
  return flags.yes === true || !canAsk(world) || confirm('Install these units and start the timer?', world)
}

async function putInPlace(units: Units, directory: string, systemd: Systemd): Promise<void> {
  await writeUnits(units, directory)
  await systemd.succeed('systemctl', 'daemon-reload')
  // A timer that runs already goes on with what it was told before
  await systemd.succeed('systemctl', 'enable', units.timer.name)
  await systemd.succeed('systemctl', 'restart', units.timer.name)
}

async function installedText(
  schedule: Schedule,
  units: Units,
  systemd: Systemd,
  world: World,
): Promise<string> {
  const { next } = await timerState(units.timer.name, systemd)
  const lines = [`Installed. The next run is at ${next ?? 'a time that systemd does not tell'}.`]
  if (schedule.scope === 'user' && !(await lingers(systemd, world)))
    lines.push(
      `It runs only while ${world.localUser} is logged in, unless you say: loginctl enable-linger ${shellQuote([world.localUser])}`,
    )
  const again = shellQuote(['mailfw', 'schedule', 'show', resolve(schedule.inventory)])
  return [...lines, `See ${again}, and journalctl ${scopeFlag(schedule)}-u ${units.service.name}.`, ''].join(
    '\n',
  )
}

async function lingers(systemd: Systemd, { localUser }: World): Promise<boolean> {
  const asked = await systemd.run('loginctl', 'show-user', localUser, '--property=Linger')
  return asked.stdout.trim() === 'Linger=yes'
}

function scopeFlag({ scope }: Schedule): string {
  return scope === 'user' ? '--user ' : ''
}
