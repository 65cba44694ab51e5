import type { HostResult } from '../../model/outcome.ts'
import { BY_ATTENTION } from '../style.ts'

/** A shield for the browser's tab, in the colour of what is worst: red, yellow or green. */
export function icon(results: readonly HostResult[]): string {
  const worst = BY_ATTENTION.find((outcome) => results.some((result) => result.outcome === outcome))
  const colour = worst === undefined ? GREEN : MILD.has(worst) ? YELLOW : RED
  const shield = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="${colour}" d="M8 0l7 2.5v5C15 12 12 15 8 16 4 15 1 12 1 7.5v-5z"/></svg>`
  return `data:image/svg+xml,${encodeURIComponent(shield)}`
}

const [RED, YELLOW, GREEN] = ['#d1242f', '#bf8700', '#1a7f37']

const MILD: ReadonlySet<string> = new Set(['would-change', 'held', 'skipped'])
