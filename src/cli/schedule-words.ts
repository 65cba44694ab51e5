import { join, resolve } from 'node:path'
import type { FlagTable, ScheduleFlags } from './flags.ts'
import { CHECK_FLAGS, SCHEDULED_FLAGS } from './flags.ts'
import { UsageError } from './usage-error.ts'

/** Whose values are files. */
const FILES = new Set([
  'private-key',
  'connection-password-file',
  'become-password-file',
  'report',
  'metrics',
])
/** What a check leaves to the runs that it tries out. */
const NOT_TRIED = new Set(['output', 'diff', 'report', 'metrics', 'notify', 'quiet', 'verbose'])

/**
 * The flags that were given for the scheduled runs, as words of a command line. All files are absolute: a run has another
 * working directory. Throws UsageError for what nobody can answer, and for what everybody could read.
 */
export function scheduledWords(flags: ScheduleFlags, home: string): readonly string[] {
  refuseQuestions(flags)
  return wordsFor(SCHEDULED_FLAGS, flags, home, () => true)
}

/** The same for a check that shows whether such a run can log in. */
export function triedWords(flags: ScheduleFlags, home: string): readonly string[] {
  const known: FlagTable = CHECK_FLAGS
  return wordsFor(SCHEDULED_FLAGS, flags, home, (name) => Object.hasOwn(known, name) && !NOT_TRIED.has(name))
}

function refuseQuestions(flags: ScheduleFlags): void {
  if (flags['ask-between'] === true)
    throw new UsageError(
      '--ask-between asks before each batch, and nobody is there to answer when a schedule runs. Nothing was installed.',
    )
  if (flags.confirm === 'manual')
    throw new UsageError(
      '--confirm manual waits for a person, and nobody is there when a schedule runs: each change would be taken back. Nothing was installed.',
    )
  const [asked, instead] =
    flags['ask-pass'] === true
      ? (['-k', '--connection-password-file FILE, or a key'] as const)
      : (['-K', '--become-password-file FILE, or NOPASSWD in sudoers'] as const)
  if (flags['ask-pass'] === true || flags['ask-become-pass'] === true)
    throw new UsageError(
      `${asked} asks for a password, and nobody is there to answer when a schedule runs; expected ${instead}. Nothing was installed.`,
    )
}

function wordsFor(
  table: FlagTable,
  flags: ScheduleFlags,
  home: string,
  isWanted: (name: string) => boolean,
): readonly string[] {
  const values: Readonly<Record<string, unknown>> = flags
  return Object.keys(table)
    .filter(isWanted)
    .flatMap((name) => {
      const given: readonly unknown[] = [values[name]].flat()
      return given.flatMap((value) => wordFor(name, value, home))
    })
}

function wordFor(name: string, value: unknown, home: string): readonly string[] {
  if (value === true) return [`--${name}`]
  if (typeof value === 'number') return [`--${name}=${value}`]
  return typeof value === 'string' ? [`--${name}=${lasting(name, value, home)}`] : []
}

/** A value that means the same in another working directory. */
function lasting(name: string, value: string, home: string): string {
  // Of these files, a key alone may be said to lie at home
  if (name === 'private-key' && value.startsWith('~/')) return join(home, value.slice(2))
  if (FILES.has(name)) return resolve(value)
  if (name === 'limit') return value.split(',').map(absoluteReference).join(',')
  return name === 'extra-vars' ? onlyReference(value) : value
}

/** Unit files are no place for a password: `systemctl show` tells everybody what is in them. */
function onlyReference(value: string): string {
  if (value.startsWith('@')) return absoluteReference(value)
  throw new UsageError(
    '-e: expected @FILE, for everybody on this machine can read the command of a schedule; got a value. Nothing was installed.',
  )
}

function absoluteReference(text: string): string {
  return text.startsWith('@') ? `@${resolve(text.slice(1))}` : text
}
