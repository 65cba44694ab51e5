import { diffLines } from 'diff'
import { join } from 'node:path'
import { readCalendar } from '../controller/calendar.ts'
import type { Systemd } from '../controller/systemd.ts'
import { createSystemd, SystemdError } from '../controller/systemd.ts'
import { runState, timerState } from '../controller/timer-state.ts'
import type { Unit } from '../controller/units.ts'
import { makeUnits, wordsIn } from '../controller/units.ts'
import { InputError } from '../lib/input-error.ts'
import { printable } from '../lib/printable.ts'
import { readCommandLine } from './command-line.ts'
import type { ScheduleFlags } from './flags.ts'
import { DEFAULT_CALENDAR, makeSchedule, scopeOf } from './schedule-plan.ts'
import type { Installed } from './schedule-remove.ts'
import { installedUnits } from './schedule-remove.ts'
import { UsageError } from './usage-error.ts'
import type { World } from './world.ts'

/** The units as they are installed, how they stand, and whether this mailfw would write them otherwise. */
export async function show(flags: ScheduleFlags, world: World): Promise<number> {
  const systemd = createSystemd(scopeOf(flags, world), world.env)
  const installed = await installedUnits(flags, world)
  const { name, directory, units } = installed
  const texts = units.map((unit) => `==> ${join(directory, unit.name)} <==\n${unit.text}\n`)
  const lines = [
    await timerLine(`${name}.timer`, systemd),
    await runLine(`${name}.service`, systemd),
    ...(await differences(installed, systemd, world)),
  ]
  world.stdout.write([...texts, ...lines.map((line) => `${line}\n`)].join(''))
  return 0
}

async function timerLine(timer: string, systemd: Systemd): Promise<string> {
  const { isActive, isEnabled, next } = await timerState(timer, systemd)
  if (!isActive) return `The timer does not run: systemctl enable --now ${timer} starts it.`
  const boot = isEnabled ? '' : '; after a boot it does not run, for it is not enabled'
  return `The next run is at ${next ?? 'a time that systemd does not tell'}${boot}.`
}

async function runLine(service: string, systemd: Systemd): Promise<string> {
  const { isRunning, result, exitStatus, ended } = await runState(service, systemd)
  if (isRunning) return 'A run is under way.'
  if (ended === undefined) return 'It has not run since the machine was started.'
  const how = result === 'success' ? 'well' : `badly: ${result}, exit code ${exitStatus}`
  return `The last run ended at ${ended}, ${how}.`
}

/** One line where nothing differs; else a line for each line that does. */
async function differences(installed: Installed, systemd: Systemd, world: World): Promise<readonly string[]> {
  const wanted = await wantedUnits(installed, systemd, world)
  if (typeof wanted === 'string') return [wanted]
  const changes = wanted.flatMap((unit) => {
    const found = installed.units.find(({ name }) => name === unit.name)?.text ?? ''
    return changedLines(found, unit.text)
  })
  if (changes.length === 0) return ['This mailfw would write the same units.']
  return ['This mailfw would write other units; mailfw schedule install does:', ...changes]
}

/** The units that an install with the same words would write, or why that cannot be told. */
async function wantedUnits(
  { units }: Installed,
  systemd: Systemd,
  world: World,
): Promise<readonly Unit[] | string> {
  const words = units.map(({ text }) => wordsIn(text)).find((each) => each !== undefined)
  if (words === undefined)
    return 'Whether they are up to date cannot be told: they are not as mailfw wrote them.'
  try {
    const asked = await readCommandLine(['schedule', 'install', ...words], 80)
    if (asked.verb !== 'schedule') throw new UsageError('they say something else')
    const { service, timer } = makeUnits(await scheduleOf(asked.flags, systemd, world))
    return [service, timer]
  } catch (error) {
    const isExpected = [UsageError, InputError, SystemdError].some((each) => error instanceof each)
    if (!isExpected || !(error instanceof Error)) throw error
    return printable(`Whether they are up to date cannot be told: ${error.message}`)
  }
}

async function scheduleOf(
  flags: ScheduleFlags,
  systemd: Systemd,
  world: World,
): ReturnType<typeof makeSchedule> {
  const calendar = await readCalendar(flags['on-calendar'] ?? DEFAULT_CALENDAR, systemd)
  return makeSchedule(flags, calendar, world)
}

function changedLines(found: string, wanted: string): readonly string[] {
  return diffLines(found, wanted)
    .filter(({ added, removed }) => added || removed)
    .flatMap(({ added, value }) =>
      value
        .replace(/\n$/, '')
        .split('\n')
        .map((line) => `${added ? '+' : '-'} ${line}`),
    )
}
