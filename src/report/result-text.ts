import type { FleetCommand, RunCommand } from '../model/command.ts'
import type { HostResult, Outcome } from '../model/outcome.ts'
import { summarise } from '../model/outcome.ts'
import { writeChanges, writeGone } from './changes.ts'
import { clean } from './clean.ts'
import { writeHistories } from './history.ts'
import type { Output } from './output.ts'
import type { RunDocument } from './reporter.ts'
import { countsText, hostCount } from './style.ts'
import type { ByHandCommand } from './standing.ts'
import { withoutAttempts, writeStandings } from './standing.ts'
import { writeCounts, writeFindings, writeGuards, writeHosts } from './summary.ts'

/** The command line that would take up exactly these hosts. */
export type CommandFor = (verb: FleetCommand, hosts: readonly string[]) => string

/** What would change, for the question whether it shall. */
export function planText(results: readonly HostResult[], output: Output): string {
  const shown = results.map((result) => clean(result, { diff: true }))
  const look = { colours: output.colours, columns: output.columns() }
  const counts = `${output.colours.bold(hostCount(shown.length))}: ${countsText(summarise(shown), output.colours)}\n`
  const others = shown.filter((result) => result.outcome !== 'would-change' && result.outcome !== 'unchanged')
  return `\n${paragraphs([writeChanges(shown.filter(isToChange), look), counts, writeHosts(others, look)])}\n`
}

function isToChange({ outcome }: HostResult): boolean {
  return outcome === 'would-change'
}

export interface ResultOptions {
  readonly result: Output
  readonly diff: boolean
  /** The differences were already shown with the question. */
  readonly changesShown: boolean
  /** When the guards of pending attempts act. */
  readonly deadlines: ReadonlyMap<string, Date>
  readonly commandFor: CommandFor
  readonly byHandCommand: ByHandCommand
}

/** How the run ended: differences first where they were asked for, as by every check, what a person has to do last. */
export function resultText(run: RunDocument, options: ResultOptions): string {
  const { result, changesShown, deadlines } = options
  const shown = run.hosts.map((host) => clean(host, { diff: true }))
  const look = { colours: result.colours, columns: result.columns() }
  const isAsked = options.diff || run.command === 'check'
  const changes = isAsked ? writeChanges(shown, look) : writeGone(shown, look)
  const ended = new Date(Date.parse(run.started) + run.seconds * 1_000)
  const isStatus = run.command === 'status'
  return paragraphs([
    writeHistories(run.command === 'history' ? shown : [], { look, whole: options.diff }),
    changesShown ? '' : changes,
    writeCounts(run, look.colours),
    isStatus ? writeStandings(shown, { ...options, look }) : writeHosts(shown, look),
    writeFindings(ABOUT_ATTEMPTS.has(run.command) ? shown.map(withoutAttempts) : shown, look),
    isStatus ? '' : writeGuards(shown, (host) => deadlines.get(host.host) ?? ended, look),
    nextCommands(run, options),
  ])
}

/** Their results tell of attempts; what was found before one was confirmed or reverted no longer holds. */
const ABOUT_ATTEMPTS: ReadonlySet<RunCommand> = new Set(['status', 'confirm', 'revert'])

type Next = 'bring' | 'again' | 'look'

function nextCommands(run: RunDocument, { commandFor, result }: ResultOptions): string {
  const command = (next: Next, title: string, verb: FleetCommand): string => {
    const hosts = run.hosts.filter((host) => nextFor(host, run.command) === next).map((host) => host.host)
    return hosts.length === 0 ? '' : `${title}\n  ${result.colours.bold(commandFor(verb, hosts))}\n`
  }
  const sameVerb = run.command === 'confirm' || run.command === 'revert' ? 'deploy' : run.command
  return (
    command('bring', 'To bring these to what the inventory says:', 'deploy') +
    command('again', 'To try these again:', sameVerb) +
    command('look', 'To see how these stand:', 'status')
  )
}

/** What a person would do about a host; nothing where there is nothing to do, or a guard does it. */
function nextFor(host: HostResult, command: RunCommand): Next | undefined {
  const { outcome, code } = host
  if (outcome === 'would-change') return isArmed(host) ? undefined : 'bring'
  if (!WORTH_A_RETRY.has(outcome) || code === 'by-hand') return undefined
  switch (command) {
    case 'deploy':
    case 'enforce':
    case 'rollback':
      return isArmed(host) || code === 'busy' ? 'look' : 'again'
    case 'check':
    case 'history':
      return 'again'
    case 'status':
      // To ask again helps none whose revert failed.
      return outcome === 'revert-failed' ? 'bring' : 'again'
    // How the host stands by then decides.
    case 'confirm':
    case 'revert':
      return 'look'
  }
}

/** Another run may help these; a host that is held is held on purpose. */
const WORTH_A_RETRY: ReadonlySet<Outcome> = new Set([
  'unknown',
  'revert-failed',
  'reverted',
  'failed',
  'unreachable',
  'skipped',
])

/** While a guard counts a deploy leaves the host alone. */
function isArmed({ pending }: HostResult): boolean {
  return pending !== undefined && pending.secondsLeft > 0
}

function paragraphs(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('\n')
}
