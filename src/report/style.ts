import type { Outcome, Severity, Summary } from '../model/outcome.ts'
import { OUTCOMES } from '../model/outcome.ts'
import type { Colours } from './output.ts'

type Paint = (text: string) => string

/** What needs attention most comes first. */
export const BY_ATTENTION = [
  'unknown',
  'revert-failed',
  'reverted',
  'failed',
  'unreachable',
  'held',
  'would-change',
  'skipped',
] as const satisfies readonly Outcome[]

/** Nobody has to do anything about these. */
export const AS_WANTED = ['confirmed', 'unchanged'] as const satisfies readonly Outcome[]

/** As wide as the longest label, and a gap. */
export const LABEL_WIDTH = 15

export function outcomePaint(outcome: Outcome, colours: Colours): Paint {
  switch (outcome) {
    case 'confirmed':
      return colours.green
    case 'unchanged':
      return colours.dim
    case 'would-change':
    case 'held':
    case 'skipped':
      return colours.yellow
    case 'failed':
    case 'unreachable':
    case 'reverted':
      return colours.red
    case 'revert-failed':
    case 'unknown':
      return (text) => colours.bold(colours.red(text))
  }
}

export function severityPaint(severity: Severity, colours: Colours): Paint {
  return severity === 'warning' ? colours.yellow : colours.cyan
}

/** `9 unchanged, 1 reverted`. */
export function countsText(summary: Summary, colours: Colours): string {
  return countParts(summary, colours)
    .map(({ painted }) => painted)
    .join(', ')
}

/** The same, count by count. */
export function countParts(
  summary: Summary,
  colours: Colours,
): readonly { readonly plain: string; readonly painted: string }[] {
  return OUTCOMES.flatMap((outcome) => {
    const count = summary[outcome]
    if (count === undefined) return []
    const plain = `${count} ${outcome}`
    return [{ plain, painted: outcomePaint(outcome, colours)(plain) }]
  })
}

export function hostCount(count: number): string {
  return count === 1 ? '1 host' : `${count} hosts`
}

/** `0.4 s`, `41 s`, `3 min 20 s`. */
export function durationText(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  return whole < 120 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}
