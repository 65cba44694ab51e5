import type { AttemptCommand } from '../model/command.ts'
import type { Generation, HostResult } from '../model/outcome.ts'
import type { Look, Paragraph } from './entry.ts'
import { writeEntry } from './entry.ts'
import { groupBy } from './fold.ts'
import { nameHeading } from './names.ts'
import { LABEL_WIDTH, outcomePaint } from './style.ts'
import { writeHosts } from './summary.ts'
import { wrap } from './wrap.ts'

/** The command line that decides an attempt by hand. */
export type ByHandCommand = (verb: AttemptCommand, host: string, attempt: string) => string

interface Options {
  readonly look: Look
  /** When the guards of pending attempts act. */
  readonly deadlines: ReadonlyMap<string, Date>
  readonly byHandCommand: ByHandCommand
}

/** What attempts left on a host, worst first; a host is told under the first that it has. */
const STANDINGS = ['revert-failed', 'pending', 'reverted', 'unfinished'] as const

type Standing = (typeof STANDINGS)[number]

/** How the hosts stand: those that an attempt left something on, one by one, then the others as after any run. */
export function writeStandings(results: readonly HostResult[], options: Options): string {
  const { look } = options
  const left = STANDINGS.flatMap((standing) =>
    results
      .filter((result) => standingOf(result) === standing)
      .map((result) => writeStanding(standing, result, options)),
  )
  const others = results.filter((result) => standingOf(result) === undefined)
  return [...left, writeHosts(others, look), writeGenerations(results, look)].join('')
}

/** Without the findings that tell of attempts, where that is told already. */
export function withoutAttempts(result: HostResult): HostResult {
  return { ...result, findings: result.findings.filter(({ code }) => !TOLD.has(code)) }
}

const TOLD = new Set(['former-revert', 'former-revert-failed', 'pending-attempt', 'unfinished-attempt'])

function standingOf(result: HostResult): Standing | undefined {
  return STANDINGS.find((standing) =>
    standing === 'revert-failed' ? result.outcome === standing : result[standing] !== undefined,
  )
}

function writeStanding(standing: Standing, result: HostResult, options: Options): string {
  const { look } = options
  const paint = outcomePaint(standing === 'revert-failed' ? standing : 'would-change', look.colours)
  const paragraphs = [result.message, ...logOf(result, look), ...commandsOf(standing, result, options)]
  return writeEntry({ label: standing, paint, heading: result.host, paragraphs }, look)
}

function logOf({ reverted }: HostResult, { columns }: Look): readonly Paragraph[] {
  const lines = (reverted?.log ?? '').split('\n').flatMap((line) => wrap(line, columns - LABEL_WIDTH - 2))
  return lines.length === 0 ? [] : ['Its log says:', ...lines.map((asIs) => ({ asIs }))]
}

function commandsOf(
  standing: Standing,
  { host, pending, reverted }: HostResult,
  { byHandCommand, deadlines }: Options,
): readonly Paragraph[] {
  if (standing === 'revert-failed' && reverted !== undefined) {
    return ['To try again to put the old rules back:', { asIs: byHandCommand('revert', host, reverted.id) }]
  }
  if (pending === undefined) return []
  // Its time is up, so that no host would take a confirmation.
  if (pending.secondsLeft < 0) {
    return ['To put the old rules back now:', { asIs: byHandCommand('revert', host, pending.id) }]
  }
  const time = pending.secondsLeft > 0 ? deadlines.get(host)?.toTimeString().slice(0, 8) : undefined
  return [
    `To keep its rules, or to put the old ones back${time === undefined ? '' : `, before ${time}`}:`,
    { asIs: byHandCommand('confirm', host, pending.id) },
    { asIs: byHandCommand('revert', host, pending.id) },
  ]
}

/** Which generation the hosts have, and who made it on which day. */
function writeGenerations(results: readonly HostResult[], look: Look): string {
  return groupBy(results.filter(hasGeneration), ({ generation }) => generationText(generation))
    .map((group) => {
      const names = group.map((result) => result.host)
      const { heading, below } = nameHeading(names, look.columns - LABEL_WIDTH)
      return writeEntry(
        {
          label: 'generation',
          paint: look.colours.dim,
          heading,
          paragraphs: [generationText(group[0].generation), ...below],
        },
        look,
      )
    })
    .join('')
}

function hasGeneration(result: HostResult): result is HostResult & { readonly generation: Generation } {
  return typeof result.generation === 'object'
}

/** `4, of 2026-11-22, by alice@laptop` */
function generationText({ n, at, by }: Generation): string {
  return [
    String(n),
    ...(at === undefined ? [] : [`of ${at.slice(0, 10)}`]),
    ...(by === undefined ? [] : [`by ${by}`]),
  ].join(', ')
}
