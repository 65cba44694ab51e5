import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Scope } from './schedule.ts'

/** One of systemd's programs refused what it was asked to do. The message is a sentence with its own words. */
export class SystemdError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SystemdError'
  }
}

/** How a program ended. */
export interface Ended {
  /** Absent where a signal ended it. */
  readonly code?: number
  readonly stdout: string
  readonly stderr: string
}

/** The manager that keeps a schedule: that of the machine, or of one account. */
export interface Systemd {
  /** Runs one of systemd's programs, however it ends. Rejects with SystemdError where it cannot be started. */
  readonly run: (program: string, ...words: readonly string[]) => Promise<Ended>
  /** The same for one that must succeed: its stdout. */
  readonly succeed: (program: string, ...words: readonly string[]) => Promise<string>
}

/** What these units need: FixedRandomDelay= came last. */
const LEAST_VERSION = 247
/** A check of a large fleet says much. */
const MOST_BYTES = 1_000_000_000

/** Whether systemd runs this machine, as sd_booted(3) tells. */
export function hasSystemd(): boolean {
  return existsSync('/run/systemd/system')
}

/** Its programs, for a scope. `environment` is whole: a manager of a user is found by it. */
export function createSystemd(
  scope: Scope,
  environment: Readonly<Record<string, string | undefined>>,
): Systemd {
  const env = { ...environment, LC_ALL: 'C', SYSTEMD_PAGER: '', SYSTEMD_COLORS: '0' }
  const run: Systemd['run'] = (program, ...words) => {
    const asked = [...(SCOPED.includes(program) ? [`--${scope}`] : []), ...words]
    return start(program, asked, env)
  }
  return {
    run,
    succeed: async (program, ...words) => {
      const ended = await run(program, ...words)
      if (ended.code === 0) return ended.stdout
      throw new SystemdError(`${[program, ...words.slice(0, 2)].join(' ')} failed: ${wordsOf(ended)}`)
    },
  }
}

/** Rejects with SystemdError where this systemd is too old for our units. */
export async function refuseOldSystemd(systemd: Systemd): Promise<void> {
  const found = await systemdVersion(systemd)
  if (found < LEAST_VERSION)
    throw new SystemdError(`expected systemd ${LEAST_VERSION} or later, found ${found}`)
}

/** Such as 252. */
export async function systemdVersion(systemd: Systemd): Promise<number> {
  return Number(/^systemd (\d+)/.exec(await systemd.succeed('systemctl', '--version'))?.[1] ?? 0)
}

/** All that a failed program said, in one line. */
export function wordsOf({ code, stdout, stderr }: Ended): string {
  const said = (stderr.trim() || stdout.trim()).split('\n').join('; ')
  const how = code === undefined ? 'it was ended by a signal' : `exit code ${code}`
  return said === '' ? how : said
}

/** The programs that are told which manager is meant. */
const SCOPED = ['systemctl', 'systemd-run', 'systemd-analyze']

function start(
  program: string,
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, words, { env, maxBuffer: MOST_BYTES }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code
      if (typeof code === 'string') reject(new SystemdError(`${program} could not be started: ${code}`))
      else resolve({ ...(typeof code === 'number' && { code }), stdout, stderr })
    })
    child.stdin?.on('error', () => undefined).end()
  })
}
