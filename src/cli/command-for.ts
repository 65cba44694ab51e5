import type { AttemptCommand, FleetCommand } from '../model/command.ts'
import type { FleetFlags, FlagTable } from './flags.ts'
import { shellQuote } from './shell-quote.ts'
import type { VerbName } from './verbs.ts'
import { VERBS } from './verbs.ts'

/** What the new command says anew, or what only suits this one run: what is known of some hosts does not replace what is told of all. */
const NOT_KEPT = new Set([
  ...['limit', 'shard', 'check', 'yes', 'output', 'diff', 'extra-vars'],
  ...['report', 'metrics', 'notify', 'quiet', 'verbose'],
])

/** More names than these nobody wants to see in a command. */
const MOST_NAMES = 20

/** The file that a run leaves with the names of the hosts that are not as wanted. */
export interface LastFailed {
  readonly path: string
  readonly hosts: readonly string[]
}

interface RunOfHosts {
  readonly flags: FleetFlags
  /** The names of the hosts that this run had. */
  readonly all: readonly string[]
  /** Absent where there is none. */
  readonly lastFailed?: LastFailed | undefined
}

/** The command line for `hosts` alone, with the flags of this run. */
export function commandFor(verb: FleetCommand, hosts: readonly string[], run: RunOfHosts): string {
  const { limit, shard } = narrowedTo(hosts, run)
  return shellQuote([
    'mailfw',
    verb,
    run.flags.inventory,
    ...(limit === undefined ? [] : ['--limit', limit]),
    ...(shard === undefined ? [] : ['--shard', shard]),
    ...keptFlags(verb, run.flags),
  ])
}

/** The command line that moves the rules of one host from the other backend, with the flags of this run. */
export function takeOverCommand(host: string, run: RunOfHosts): string {
  return `${commandFor('deploy', [host], run)} --take-over`
}

/** The command line that decides a pending attempt, with the flags of this run. */
export function byHandCommand(
  verb: AttemptCommand,
  host: string,
  attempt: string,
  flags: FleetFlags,
): string {
  return shellQuote(['mailfw', verb, flags.inventory, host, attempt, ...keptFlags(verb, flags)])
}

/**
 * The shorter of naming the hosts, which needs no shard, and naming those that are left out of all; where both are long, the
 * file that names them.
 */
function narrowedTo(
  hosts: readonly string[],
  { flags, all, lastFailed }: RunOfHosts,
): Pick<FleetFlags, 'limit' | 'shard'> {
  const { limit, shard } = flags
  if (hosts.length === all.length) return { limit, shard }
  const others = without(all, hosts)
  const isNamed = others.length >= hosts.length
  const patterns = isNamed ? hosts : [limit ?? 'all', ...others.map(butNot)]
  const byFile = patterns.length > MOST_NAMES && lastFailed ? fromFile(hosts, lastFailed) : undefined
  return { limit: (byFile ?? patterns).join(','), shard: isNamed || byFile ? undefined : shard }
}

/** Absent where the file lacks one of them, has too many others, or cannot be named in a pattern. */
function fromFile(hosts: readonly string[], lastFailed: LastFailed): readonly string[] | undefined {
  const others = without(lastFailed.hosts, hosts)
  const isSubset = without(hosts, lastFailed.hosts).length === 0
  if (!isSubset || others.length > MOST_NAMES || SEPARATORS.test(lastFailed.path)) return undefined
  return [`@${lastFailed.path}`, ...others.map(butNot)]
}

/** What --limit takes for the end of a pattern. */
const SEPARATORS = /[,:\s]/

function butNot(name: string): string {
  return `!${name}`
}

function without(all: readonly string[], some: readonly string[]): readonly string[] {
  const left = new Set(some)
  return all.filter((name) => !left.has(name))
}

/** What was typed after -e may be a password; it is not repeated into a log. */
function withoutSecret(value: string): string {
  return value.startsWith('@') ? value : '…'
}

function keptFlags(verb: VerbName, flags: FleetFlags): string[] {
  const values: Readonly<Record<string, unknown>> = flags
  const table: FlagTable = VERBS[verb].flags
  const extraVars = (flags['extra-vars'] ?? []).flatMap((value) => ['-e', withoutSecret(value)])
  const others = Object.entries(table).flatMap(([name, option]) => {
    const value = values[name]
    const letter = [option.alias ?? []].flat().find((alias) => alias.length === 1)
    const flag = letter === undefined ? `--${name}` : `-${letter}`
    if (NOT_KEPT.has(name)) return []
    if (value === true) return [flag]
    return typeof value === 'string' || typeof value === 'number' ? [flag, String(value)] : []
  })
  return [...extraVars, ...others]
}
