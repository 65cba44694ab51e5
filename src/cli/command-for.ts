import type { AttemptCommand, FleetCommand } from '../model/command.ts'
import type { FleetFlags, FlagTable } from './flags.ts'
import { shellQuote } from './shell-quote.ts'
import type { VerbName } from './verbs.ts'
import { VERBS } from './verbs.ts'

/** What the new command says anew, or what only suits this one run: what is known of some hosts does not replace what is told of all. */
const NOT_KEPT = new Set([
  ...['limit', 'check', 'yes', 'output', 'diff', 'extra-vars'],
  ...['report', 'metrics', 'notify'],
])

/** The command line for `hosts` alone, with the flags of this run. `all` are the names of the hosts that this run had. */
export function commandFor(
  verb: FleetCommand,
  hosts: readonly string[],
  run: { readonly flags: FleetFlags; readonly all: readonly string[] },
): string {
  const limit = limitTo(hosts, run.all, run.flags.limit)
  return shellQuote([
    'mailfw',
    verb,
    run.flags.inventory,
    ...(limit === undefined ? [] : ['--limit', limit]),
    ...keptFlags(verb, run.flags),
  ])
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

/** The shorter of naming the hosts and naming those that are left out. */
function limitTo(
  hosts: readonly string[],
  all: readonly string[],
  limit: string | undefined,
): string | undefined {
  if (hosts.length === all.length) return limit
  const wanted = new Set(hosts)
  const others = all.filter((name) => !wanted.has(name))
  if (others.length >= hosts.length) return hosts.join(',')
  return [limit ?? 'all', ...others.map((name) => `!${name}`)].join(',')
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
