import * as z from 'zod'
import type { Schedule } from '../controller/schedule.ts'
import type { Ended, Systemd } from '../controller/systemd.ts'
import { wordsOf } from '../controller/systemd.ts'
import { tryOnce } from '../controller/trial.ts'
import { printable } from '../lib/printable.ts'
import type { Code } from '../model/outcome.ts'
import type { ScheduleFlags } from './flags.ts'
import { trialCommand } from './schedule-plan.ts'
import { UsageError } from './usage-error.ts'
import type { World } from './world.ts'

const SUDO = 'NOPASSWD in sudoers, or --become-password-file'

/** What only a person gets past, and what helps. */
const NEEDS_PERSON: Readonly<Partial<Record<Code, string>>> = {
  login:
    'a key without a passphrase for this job, named by --private-key or ssh_config, as agents and passwords are not there',
  'key-file': 'a key file that can be read without a passphrase',
  'sudo-password': SUDO,
  'sudo-refused': SUDO,
}

const DOCUMENT = z.object({
  hosts: z.array(z.object({ host: z.string(), outcome: z.string(), code: z.string(), message: z.string() })),
})

type Visited = z.infer<typeof DOCUMENT>['hosts'][number]

interface Trial {
  readonly schedule: Schedule
  readonly systemd: Systemd
  /** Where systemd looks for units that nobody keeps. */
  readonly directory: string
}

/**
 * Checks the inventory once as the service would run, and tells whether it needs nobody. Hosts that somebody would have
 * to help with are named on stderr, with what helps; those that cannot be reached otherwise are named too. Rejects with
 * UsageError where the check itself could not be done.
 */
export async function tryLogins(
  flags: ScheduleFlags,
  { schedule, systemd, directory }: Trial,
  world: World,
): Promise<boolean> {
  world.stderr.write("Checking once in the unit's own environment; this changes no host.\n")
  const hosts = hostsIn(await tryOnce(schedule, await trialCommand(flags, world), { systemd, directory }))
  const stuck = hosts.filter(({ code }) => Object.hasOwn(NEEDS_PERSON, code))
  const others = hosts.filter(
    (host) => ['unreachable', 'failed', 'unknown', 'skipped'].includes(host.outcome) && !stuck.includes(host),
  )
  for (const { host, message } of others) world.stderr.write(`${printable(`Not now: ${host}: ${message}`)}\n`)
  if (stuck.length === 0) return true
  for (const { host, message } of stuck)
    world.stderr.write(`${printable(`Needs somebody: ${host}: ${message}`)}\n`)
  world.stderr.write(`mailfw: ${adviceFor(stuck)} Nothing was installed.\n`)
  return false
}

function hostsIn(ended: Ended): readonly Visited[] {
  try {
    return DOCUMENT.parse(JSON.parse(ended.stdout)).hosts
  } catch {
    throw new UsageError(
      `The check in the unit's own environment gave no result: ${wordsOf(ended)}. Nothing was installed.`,
    )
  }
}

function adviceFor(stuck: readonly Visited[]): string {
  const helps = [...new Set(stuck.map(({ code }) => NEEDS_PERSON[code as Code] ?? ''))].join('; and ')
  const hosts = stuck.length === 1 ? 'one host' : `${stuck.length} hosts`
  return `A schedule runs where nobody can be asked, but ${hosts} would need somebody; expected ${helps}.`
}
