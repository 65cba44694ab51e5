import type { HostResult } from '../../model/outcome.ts'
import type { Markup } from './markup.ts'
import { html } from './markup.ts'
import { GLYPHS, hostsText } from './words.ts'

/** A link to a host, which the script opens. */
export function hostHref(host: string): string {
  return `#${encodeURIComponent(host)}`
}

/** All hosts, a small cell each in the order of the inventory, with what chooses among them. */
export function fleetGrid(results: readonly HostResult[]): Markup {
  return html`<section class="fleet" aria-labelledby="~fleet">
    <div class="head">
      <h2 id="~fleet">Fleet</h2>
      <label class="filter scripted">
        <span>Find hosts</span>
        <input type="search" id="filter" autocomplete="off" spellcheck="false" placeholder="part of a name" />
      </label>
    </div>
    <p class="shown">
      <span id="shown" role="status">${hostsText(results.length)}</span>
      <button type="button" id="all" class="plain" hidden>Show all</button>
    </p>
    <p id="keys" class="hint scripted">Arrow keys move, Enter opens a host.</p>
    <ul class="grid ${sizeOf(results.length)}" aria-labelledby="~fleet" aria-describedby="keys">
      ${results.map(cell)}
    </ul>
  </section>`
}

/** Where there is room the names can be read. */
function sizeOf(count: number): 'names' | 'cells' | 'dots' {
  if (count <= 60) return 'names'
  return count <= 1_500 ? 'cells' : 'dots'
}

/** In as few bytes as will do, for there may be thousands. */
function cell({ host, outcome }: HostResult): Markup {
  return html`<li>
    <a class="${outcome}" href="${hostHref(host)}"
      ><i aria-hidden="true">${GLYPHS[outcome]}</i><b>${host}</b> <small>${outcome}</small></a
    >
  </li>`
}
