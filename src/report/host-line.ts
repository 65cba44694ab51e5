import type { HostResult } from '../model/outcome.ts'
import { needsAttention } from '../model/outcome.ts'
import type { Look } from './entry.ts'
import { writeEntry } from './entry.ts'
import type { Colours } from './output.ts'
import { durationText, LABEL_WIDTH, outcomePaint } from './style.ts'

/** A finished host on one line: its outcome, its name, and its sentence where there is something to say. */
export function hostLine(result: HostResult, colours: Colours): string {
  const label = outcomePaint(result.outcome, colours)(result.outcome.padEnd(LABEL_WIDTH))
  const isFine = result.outcome === 'unchanged' || result.outcome === 'confirmed'
  return isFine && !needsAttention(result)
    ? `${label}${result.host} ${colours.dim(`(${durationText(result.seconds)})`)}`
    : `${label}${result.host}: ${result.message}`
}

/** The same on as many lines as the sentence needs. */
export function hostEntry({ outcome, host, message }: HostResult, look: Look): readonly string[] {
  const paint = outcomePaint(outcome, look.colours)
  const entry = writeEntry({ label: outcome, paint, paragraphs: [`${host}: ${message}`] }, look)
  return entry.trimEnd().split('\n')
}
