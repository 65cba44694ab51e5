import type { HostResult } from '../../model/outcome.ts'
import { foldNames } from '../names.ts'
import type { Entry } from './attention.ts'
import type { DifferenceBlock } from './differences.ts'
import { hostHref } from './fleet-grid.ts'
import type { Markup } from './markup.ts'
import { html } from './markup.ts'
import { GLYPHS, hostsText, numberText } from './words.ts'

/** Of more nobody reads the list: the fleet and its filters have them all. */
const MOST_ENTRIES = 100
/** So many are read one after the other; of more the first ones show what to expect of the rest. */
const MOST_OPEN = 5
const FIRST_OPEN = 2
const MOST_LINES = 12
const MOST_NAMES = 12

/** Entries under a title. */
export interface EntryList {
  /** Of its title, in the page. */
  readonly id: string
  readonly title: string
  readonly entries: readonly Entry[]
}

/** The entries that the sections show; by their places here the page's data knows them. */
export function shownEntries(lists: readonly EntryList[]): readonly Entry[] {
  return lists.flatMap(firstOf)
}

/** A section for each list, in their order; nothing for one without entries. */
export function entrySections(lists: readonly EntryList[]): readonly (Markup | undefined)[] {
  return lists.map((list, index) => entrySection(list, shownEntries(lists.slice(0, index)).length))
}

function firstOf({ entries }: EntryList): readonly Entry[] {
  return entries.slice(0, MOST_ENTRIES)
}

function entrySection(list: EntryList, firstIndex: number): Markup | undefined {
  const { id, title, entries } = list
  if (entries.length === 0) return undefined
  const shown = firstOf(list)
  const open = shown.length > MOST_OPEN ? FIRST_OPEN : shown.length
  return html`<section class="entries" aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    <ol>
      ${shown.map((entry, index) => entryItem(entry, firstIndex + index, index < open))}
    </ol>
    ${rest(entries.length - shown.length)}
  </section>`
}

function entryItem(entry: Entry, index: number, isOpen: boolean): Markup {
  const { hosts, sentences, blocks, commands } = entry
  const gist = gistOf(entry)
  const told = gist === undefined ? sentences.slice(1) : sentences
  return html`<li class="entry ${entry.label}" data-entry="${index}">
    <details ${isOpen ? 'open' : ''}>
      <summary>
        <h3>${badge(entry)} <span>${heading(hosts)}</span></h3>
        <p>${gist ?? sentences[0]}</p>
      </summary>
      <div class="body">
        ${told.map((sentence) => html`<p>${sentence}</p>`)} ${commands.map(commandLine)} ${preview(blocks)}
        ${names(hosts, index)}
      </div>
    </details>
  </li>`
}

/** Drift is told apart by what it is, for the sentence about it is mostly the same. */
function gistOf({ label, blocks }: Entry): Markup | undefined {
  if (!TOLD_BY_DIFFERENCES.has(label) || blocks.length === 0) return undefined
  const causes = new Set(blocks.map(({ cause }) => cause))
  const lines = blocks.flatMap((block) => block.lines).filter(isChange)
  return html`${[...causes].join('; ')}
    <code>${lines[0]}</code>
    ${lines.length > 1 ? html`<span class="quiet">and ${lines.length - 1} more</span>` : undefined}`
}

const TOLD_BY_DIFFERENCES: ReadonlySet<Entry['label']> = new Set(['would-change', 'confirmed'])

function isChange(line: string): boolean {
  return /^[-+] /.test(line)
}

function badge({ label }: Entry): Markup {
  const glyph = label === 'warning' ? '!' : label === 'info' ? 'i' : GLYPHS[label]
  return html`<span class="badge"
    ><span class="glyph ${label}" aria-hidden="true">${glyph}</span> ${label}</span
  >`
}

function heading(hosts: readonly HostResult[]): string {
  const [first] = hosts
  return first !== undefined && hosts.length === 1 ? first.host : hostsText(hosts.length)
}

function hostLink({ host }: HostResult): Markup {
  return html`<a class="host" href="${hostHref(host)}">${host}</a>`
}

/** The first lines; the host has them all. */
function preview(blocks: readonly DifferenceBlock[]): Markup | undefined {
  if (blocks.length === 0) return undefined
  let room = MOST_LINES
  let left = 0
  const shown = blocks.flatMap((block) => {
    const lines = block.lines.slice(0, room).filter((line, index) => index < room - 1 || isChange(line))
    room -= lines.length
    left += block.lines.length - lines.length
    return lines.length === 0 ? [] : [{ ...block, lines }]
  })
  return html`${shown.map(diffBlock)} ${left > 0 ? html`<p class="quiet">${moreText(left)}</p>` : undefined}`
}

function moreText(count: number): string {
  return `and ${numberText(count)} more ${count === 1 ? 'line' : 'lines'}: open a host to see all`
}

function diffBlock({ place, cause, lines }: DifferenceBlock): Markup {
  return html`<figure class="diff">
    <figcaption><b>${place}</b> ${cause}</figcaption>
    <pre>${lines.map(diffLine)}</pre>
  </figure>`
}

function diffLine(line: string): Markup {
  if (line.startsWith('+')) return html`<ins>${line}</ins>`
  if (line.startsWith('-')) return html`<del>${line}</del>`
  return html`<span>${line}</span>`
}

function commandLine(command: string): Markup {
  return html`<p class="fix">
    <code>${command}</code
    ><button type="button" class="copy scripted">Copy<span class="hidden"> the command</span></button>
  </p>`
}

function names(hosts: readonly HostResult[], index: number): Markup {
  const first = hosts.slice(0, MOST_NAMES)
  const others = hosts.slice(MOST_NAMES).map(({ host }) => host)
  return html`<div class="hosts">
    ${hosts.length === 1 ? 'Open ' : undefined}${first.map((host) => html`${hostLink(host)} `)}
    ${
      others.length === 0
        ? undefined
        : html`<details>
            <summary>and ${hostsText(others.length)} more</summary>
            <p>${foldNames(others).join(', ')}</p>
          </details>`
    }
    ${hosts.length > 1 ? showButton(index) : undefined}
  </div>`
}

function showButton(index: number): Markup {
  return html`<button type="button" class="plain scripted" data-show="${index}">Show in the fleet</button>`
}

function rest(count: number): Markup | undefined {
  return count === 0
    ? undefined
    : html`<p class="quiet">and ${numberText(count)} more things: the fleet has every host.</p>`
}
