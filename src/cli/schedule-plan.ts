import { realpath } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { delaySeconds } from '../controller/calendar.ts'
import type { Calendar } from '../controller/calendar.ts'
import type { Schedule, Scope } from '../controller/schedule.ts'
import { stateDirectory } from '../controller/state-directory.ts'
import type { ScheduleFlags } from './flags.ts'
import { loadJobs, selectionOf } from './jobs.ts'
import { NO_LOGIN } from './login.ts'
import { scheduledWords, triedWords } from './schedule-words.ts'
import type { World } from './world.ts'

/** What a schedule runs. */
const SCHEDULED_VERB = 'enforce'
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
/** More than thousands of hosts take; a run that hangs does not keep the next ones from being started for ever. */
const PATIENCE_SECONDS = 6 * 3_600
/** Of a shard that no host is in yet. */
const SHORTEST_WINDOW_SECONDS = 10
/** What an attempt takes besides its window: to be examined, applied, and looked at after a revert. */
const BEYOND_WINDOW_SECONDS = 180

/** Whose systemd is to keep the schedule. */
export function scopeOf({ scope }: ScheduleFlags, { localUser }: World): Scope {
  return scope ?? (localUser === 'root' ? 'system' : 'user')
}

/** What mailfw is to be called with, whenever the time has come: node, our program, and words. */
async function scheduledCommand(flags: ScheduleFlags, world: World): Promise<readonly string[]> {
  return [
    ...(await program(world)),
    SCHEDULED_VERB,
    resolve(flags.inventory),
    ...scheduledWords(flags, world.home),
  ]
}

/** The check that tells whether that can log in. */
export async function trialCommand(flags: ScheduleFlags, world: World): Promise<readonly string[]> {
  return [
    ...(await program(world)),
    'check',
    resolve(flags.inventory),
    ...triedWords(flags, world.home),
    '--output=json',
  ]
}

/**
 * All that the units are made of. Rejects with InputError and UsageError for faults of the inventory, as a run would; no
 * host is contacted.
 */
export async function makeSchedule(
  flags: ScheduleFlags,
  calendar: Calendar,
  world: World,
): Promise<Schedule> {
  const scope = scopeOf(flags, world)
  const command = await scheduledCommand(flags, world)
  const writable = writableDirectories(flags, world)
  const onCalendar = flags['on-calendar'] ?? DEFAULT_CALENDAR
  return {
    scope,
    inventory: resolve(flags.inventory),
    onCalendar,
    delaySeconds: delaySeconds(calendar),
    command,
    words: [
      resolve(flags.inventory),
      `--on-calendar=${onCalendar}`,
      `--scope=${scope}`,
      ...scheduledWords(flags, world.home),
    ],
    environment: environmentOf(world),
    writable,
    isPublished: flags.report !== undefined || flags.metrics !== undefined,
    runsOwnCommand: flags.notify !== undefined,
    usesTemporary: [...command, ...writable].some((word) => /(^|[=@])(\/var)?\/tmp\//.test(word)),
    startSeconds: PATIENCE_SECONDS + (flags['retry-seconds'] ?? 0),
    stopSeconds: (await longestWindow(flags, world)) + BEYOND_WINDOW_SECONDS,
  }
}

export const DEFAULT_CALENDAR = 'hourly'

/**
 * The names by which we were called, which a package manager points at the next version; what they point at may go with
 * this one. Only a name that is gone after the next boot is none to keep.
 */
async function program({ program: names }: World): Promise<readonly string[]> {
  return Promise.all(
    names.map(async (name) => (/^\/(run|tmp|var\/tmp)\//.test(name) ? realpath(name) : resolve(name))),
  )
}

function environmentOf({ home, env }: World): Record<string, string> {
  const state = env['XDG_STATE_HOME']
  return { HOME: home, PATH, ...(state?.startsWith('/') === true && { XDG_STATE_HOME: state }) }
}

function writableDirectories(flags: ScheduleFlags, { home, env }: World): readonly string[] {
  const files = [flags.report, flags.metrics].flatMap((file) => file ?? [])
  return [
    ...new Set([
      stateDirectory(env, home),
      ...files.map((file) => dirname(resolve(file))),
      ...(flags['accept-new-host-keys'] === true ? [join(home, '.ssh')] : []),
    ]),
  ]
}

async function longestWindow(flags: ScheduleFlags, world: World): Promise<number> {
  const confirmSeconds = flags['confirm-seconds']
  const login = { ...NO_LOGIN, ...(confirmSeconds !== undefined && { confirmSeconds }) }
  const { jobs } = await loadJobs(selectionOf(flags), login, world)
  return Math.max(SHORTEST_WINDOW_SECONDS, ...jobs.map(({ host }) => host.settings.confirmSeconds))
}
