import type { HostResult, Outcome, Summary } from '../../model/outcome.ts'
import { needsAttention } from '../../model/outcome.ts'
import type { RunDocument } from '../reporter.ts'
import { AS_WANTED, BY_ATTENTION, durationText } from '../style.ts'
import type { Markup } from './markup.ts'
import { html } from './markup.ts'
import { exitWords, GLYPHS, hostsText, MEANINGS, numberText, timeText } from './words.ts'

/** What the run came to, in one line. */
export function verdict(hosts: readonly HostResult[]): string {
  const count = hosts.filter(isOfNote).length
  if (hosts.length === 0) return 'No host was in the selection'
  if (count === 0) return hosts.length === 1 ? 'The host is as wanted' : 'Every host is as wanted'
  const all = count === hosts.length
  if (all) return hosts.length === 1 ? 'The host needs attention' : `All ${hostsText(count)} need attention`
  return `${numberText(count)} of ${hostsText(hosts.length)} ${count === 1 ? 'needs' : 'need'} attention`
}

/** The command, what it came to, and the facts of the run. */
export function runHeader(run: RunDocument): Markup {
  return html`<header class="run">
    <p class="command">mailfw ${run.command}</p>
    <h1>${verdict(run.hosts)}</h1>
    <dl class="facts">
      <div>
        <dt>Started</dt>
        <dd><time datetime="${run.started}">${timeText(run.started)}</time></dd>
      </div>
      <div>
        <dt>Took</dt>
        <dd>${durationText(run.seconds)}</dd>
      </div>
      <div>
        <dt>Exit code</dt>
        <dd>${run.exit}<span class="quiet">, ${exitWords(run.exit)}</span></dd>
      </div>
      <div>
        <dt>mailfw</dt>
        <dd>${run.mailfw}</dd>
      </div>
      <div>
        <dt>Run</dt>
        <dd class="quiet">${run.run}</dd>
      </div>
    </dl>
    ${proportions(run.summary)} ${legend(run.summary)}
  </header>`
}

function isOfNote(host: HostResult): boolean {
  return (
    !AS_WANTED.some((outcome) => outcome === host.outcome) ||
    needsAttention(host) ||
    host.findings.some(({ severity }) => severity === 'warning')
  )
}

interface OutcomeCount {
  readonly outcome: Outcome
  readonly count: number
}

function countsOf(summary: Summary): readonly OutcomeCount[] {
  return [...BY_ATTENTION, ...AS_WANTED].flatMap((outcome) => {
    const count = summary[outcome] ?? 0
    return count === 0 ? [] : [{ outcome, count }]
  })
}

const BAR_WIDTH = 1000
const THINNEST = 6

/** The outcomes as one bar; the legend says the same in words. One host in thousands can still be seen. */
function proportions(summary: Summary): Markup {
  const counts = countsOf(summary)
  const total = counts.reduce((sum, { count }) => sum + count, 0)
  const widths = counts.map(({ count }) => Math.max(THINNEST, (count / total) * BAR_WIDTH))
  const scale = BAR_WIDTH / widths.reduce((sum, width) => sum + width, 0)
  const parts = counts.map(({ outcome }, index) => {
    const x = widths.slice(0, index).reduce((sum, width) => sum + width, 0) * scale
    const width = (widths[index] ?? 0) * scale
    return html`<rect class="${outcome}" x="${x.toFixed(1)}" width="${width.toFixed(1)}" height="8" />`
  })
  return html`<svg class="bar" viewBox="0 0 ${BAR_WIDTH} 8" preserveAspectRatio="none" aria-hidden="true">
    ${parts}
  </svg>`
}

/** The outcomes that there are, with their counts: buttons that show these hosts alone. */
function legend(summary: Summary): Markup {
  return html`<ul class="legend" aria-label="Outcomes">
    ${countsOf(summary).map(
      ({ outcome, count }) =>
        html`<li>
          <button type="button" aria-pressed="false" data-outcome="${outcome}" title="${MEANINGS[outcome]}">
            <span class="glyph ${outcome}" aria-hidden="true">${GLYPHS[outcome]}</span>
            <b>${numberText(count)}</b> ${outcome}
          </button>
        </li>`,
    )}
  </ul>`
}
