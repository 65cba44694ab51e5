import { DEPLOY_FLAGS } from './flags.ts'
import type { FleetFlags, FlagTable } from './flags.ts'
import { shellQuote } from './shell-quote.ts'

/** What the new command says anew, or what only suits this one run. */
const NOT_KEPT = new Set(['limit', 'check', 'yes', 'output', 'diff', 'extra-vars'])

/** The command line for `hosts` alone, with the flags of this run. `all` are the names of the hosts that this run had. */
export function commandFor(
  verb: 'deploy' | 'check',
  hosts: readonly string[],
  run: { readonly flags: FleetFlags; readonly all: readonly string[] },
): string {
  const limit = limitTo(hosts, run.all, run.flags.limit)
  return shellQuote([
    'mailfw',
    verb,
    run.flags.inventory,
    ...(limit === undefined ? [] : ['--limit', limit]),
    ...(run.flags['extra-vars'] ?? []).flatMap((value) => ['-e', withoutSecret(value)]),
    ...keptFlags(run.flags),
  ])
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

function keptFlags(flags: FleetFlags): string[] {
  const values: Readonly<Record<string, unknown>> = flags
  const table: FlagTable = DEPLOY_FLAGS
  return Object.entries(table).flatMap(([name, option]) => {
    const value = values[name]
    const letter = [option.alias ?? []].flat().find((alias) => alias.length === 1)
    const flag = letter === undefined ? `--${name}` : `-${letter}`
    if (NOT_KEPT.has(name)) return []
    if (value === true) return [flag]
    return typeof value === 'string' || typeof value === 'number' ? [flag, String(value)] : []
  })
}
