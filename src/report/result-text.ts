import type { RunCommand } from '../model/command.ts'
import type { HostResult } from '../model/outcome.ts'
import { summarise } from '../model/outcome.ts'
import { writeChanges, writeGone } from './changes.ts'
import { clean } from './clean.ts'
import { writeRefused } from './first-deploy/removals.ts'
import { writeHistories } from './history.ts'
import type { CommandFor } from './next-commands.ts'
import { nextCommands } from './next-commands.ts'
import type { Output } from './output.ts'
import { writePorts } from './ports.ts'
import type { RunDocument } from './reporter.ts'
import { countsText, hostCount } from './style.ts'
import type { ByHandCommand } from './standing.ts'
import { withoutAttempts, writeStandings } from './standing.ts'
import { writeCounts, writeFindings, writeGuards, writeHosts } from './summary.ts'

/** What would change, for the question whether it shall. */
export function planText(results: readonly HostResult[], output: Output): string {
  const shown = results.map((result) => clean(result, { diff: true }))
  const look = { colours: output.colours, columns: output.columns() }
  const counts = `${output.colours.bold(hostCount(shown.length))}: ${countsText(summarise(shown), output.colours)}\n`
  const others = shown.filter((result) => result.outcome !== 'unchanged' && !isShownByChanges(result))
  const parts = [
    writeChanges(shown.filter(isToChange), look),
    counts,
    writeHosts(others, look),
    writeFindings(shown.filter(isToChange).map(withWarnings), look),
  ]
  return `\n${paragraphs(parts)}\n`
}

/** What a person has to know before the answer; the rest is told at the end. */
function withWarnings(result: HostResult): HostResult {
  return { ...result, findings: result.findings.filter(({ severity }) => severity === 'warning') }
}

/** Whoever is asked to release a host wants to know what that brings. */
function isToChange({ outcome }: HostResult): boolean {
  return outcome === 'would-change' || outcome === 'held'
}

function isShownByChanges({ outcome, families }: HostResult): boolean {
  return (
    outcome === 'would-change' &&
    Object.values(families).some((state) => state?.live !== 'as-wanted' || state.saved !== 'as-wanted')
  )
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

/** How the run ended: differences first where they were asked for, as by every check and enforce, what a person has to do last. */
export function resultText(run: RunDocument, options: ResultOptions): string {
  const { result, changesShown, deadlines } = options
  const shown = run.hosts.map((host) => clean(host, { diff: true }))
  const look = { colours: result.colours, columns: result.columns() }
  const isAsked = options.diff || run.command === 'check' || run.command === 'enforce'
  const changes = isAsked ? writeChanges(shown, look) : writeGone(shown, look)
  const ended = new Date(Date.parse(run.started) + run.seconds * 1_000)
  const isStatus = run.command === 'status'
  return paragraphs([
    writeHistories(run.command === 'history' ? shown : [], { look, whole: options.diff }),
    changesShown ? '' : changes,
    isAsked && !changesShown ? '' : writeRefused(shown, look),
    writePorts(shown, look),
    writeCounts(run, look.colours),
    isStatus ? writeStandings(shown, { ...options, look }) : writeHosts(shown, look),
    writeFindings(ABOUT_ATTEMPTS.has(run.command) ? shown.map(withoutAttempts) : shown, look),
    isStatus ? '' : writeGuards(shown, (host) => deadlines.get(host.host) ?? ended, look),
    nextCommands(run, options.commandFor, result.colours.bold),
  ])
}

/** Their results tell of attempts; what was found before one was confirmed or reverted no longer holds. */
const ABOUT_ATTEMPTS: ReadonlySet<RunCommand> = new Set(['status', 'confirm', 'revert'])

function paragraphs(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('\n')
}
