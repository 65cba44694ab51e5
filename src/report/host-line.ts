import type { HostResult } from '../model/outcome.ts'
import { needsAttention } from '../model/outcome.ts'
import type { Colours } from './output.ts'
import { durationText, LABEL_WIDTH, outcomePaint } from './style.ts'
import { cut } from './wrap.ts'

/** A finished host on one line of at most `width`: its outcome, its name, and its sentence where there is something to say. */
export function hostLine(result: HostResult, colours: Colours, width = Number.POSITIVE_INFINITY): string {
  const label = outcomePaint(result.outcome, colours)(result.outcome.padEnd(LABEL_WIDTH))
  const isFine = result.outcome === 'unchanged' || result.outcome === 'confirmed'
  return isFine && !needsAttention(result)
    ? `${label}${result.host} ${colours.dim(`(${durationText(result.seconds)})`)}`
    : `${label}${cut(`${result.host}: ${result.message}`, width - LABEL_WIDTH)}`
}
