import type { HostResult, Outcome } from '../model/outcome.ts'
import { summarise } from '../model/outcome.ts'
import { writeChanges, writeGone } from './changes.ts'
import { clean } from './clean.ts'
import type { Output } from './output.ts'
import type { RunDocument } from './reporter.ts'
import { countsText, hostCount } from './style.ts'
import type { ByHandCommand } from './standing.ts'
import { withoutAttempts, writeStandings } from './standing.ts'
import { writeCounts, writeFindings, writeGuards, writeHosts } from './summary.ts'

/** The command line that would take up exactly these hosts. */
export type CommandFor = (verb: 'deploy' | 'check' | 'status', hosts: readonly string[]) => string

/** Another run may help these; a host that is held is held on purpose. */
const WORTH_A_RETRY = new Set<Outcome>([
  'unknown',
  'revert-failed',
  'reverted',
  'failed',
  'unreachable',
  'skipped',
])

/** What would change, for the question whether it shall. */
export function planText(results: readonly HostResult[], output: Output): string {
  const shown = results.map((result) => clean(result, { diff: true }))
  const look = { colours: output.colours, columns: output.columns() }
  const counts = `${output.colours.bold(hostCount(shown.length))}: ${countsText(summarise(shown), output.colours)}\n`
  const others = shown.filter((result) => result.outcome !== 'would-change' && result.outcome !== 'unchanged')
  return `\n${paragraphs([writeChanges(shown, look), counts, writeHosts(others, look)])}\n`
}

/** How the run ended: differences first where they were asked for, what a person has to do last. */
export function resultText(
  run: RunDocument,
  options: {
    readonly result: Output
    readonly diff: boolean
    /** The differences were already shown with the question. */
    readonly changesShown: boolean
    readonly deadlines: ReadonlyMap<string, Date>
    readonly commandFor: CommandFor
    readonly byHandCommand: ByHandCommand
  },
): string {
  const { result, changesShown, deadlines } = options
  const shown = run.hosts.map((host) => clean(host, { diff: true }))
  const look = { colours: result.colours, columns: result.columns() }
  const changes = options.diff ? writeChanges(shown, look) : writeGone(shown, look)
  const ended = new Date(Date.parse(run.started) + run.seconds * 1_000)
  if (run.command === 'status') {
    return paragraphs([
      changes,
      writeCounts(run, look.colours),
      writeStandings(shown, { ...options, look }),
      writeFindings(shown.map(withoutAttempts), look),
      nextCommands(run, options),
    ])
  }
  return paragraphs([
    changesShown ? '' : changes,
    writeCounts(run, look.colours),
    writeHosts(shown, look),
    writeFindings(shown, look),
    writeGuards(shown, (host) => deadlines.get(host.host) ?? ended, look),
    nextCommands(run, options),
  ])
}

function nextCommands(
  run: RunDocument,
  { commandFor, result }: { readonly commandFor: CommandFor; readonly result: Output },
): string {
  const namesOf = (isWanted: (host: HostResult) => boolean): string[] =>
    run.hosts.filter(isWanted).map((host) => host.host)
  // While a guard counts a deploy leaves the host alone.
  const isFree = ({ pending }: HostResult): boolean => pending === undefined || pending.secondsLeft <= 0
  // To ask again how a host stands helps none whose revert failed.
  const isStuck = ({ outcome }: HostResult): boolean =>
    run.command === 'status' && outcome === 'revert-failed'
  const drifted = namesOf((host) => (host.outcome === 'would-change' && isFree(host)) || isStuck(host))
  const again = namesOf(
    (host) => WORTH_A_RETRY.has(host.outcome) && host.code !== 'by-hand' && !isStuck(host),
  )
  const command = (title: string, verb: Parameters<CommandFor>[0], hosts: readonly string[]): string =>
    hosts.length === 0 ? '' : `${title}\n  ${result.colours.bold(commandFor(verb, hosts))}\n`
  return (
    command('To bring these to what the inventory says:', 'deploy', drifted) +
    command(...retry(run.command), again)
  )
}

/** What was asked for by hand is not repeated: how the host stands by then decides. */
function retry(command: string): [title: string, verb: Parameters<CommandFor>[0]] {
  switch (command) {
    case 'check':
    case 'status':
      return ['To try these again:', command]
    case 'confirm':
    case 'revert':
      return ['To see how it stands:', 'status']
    default:
      return ['To try these again:', 'deploy']
  }
}

function paragraphs(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('\n')
}
