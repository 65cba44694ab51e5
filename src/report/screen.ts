import { stripVTControlCharacters } from 'node:util'
import type { Output } from './output.ts'

const ESCAPE = '\u001b['
const LINE_UP = `${ESCAPE}A`
const ERASE_LINE = `${ESCAPE}2K`
const ERASE_LINE_END = `${ESCAPE}K`
const ERASE_BELOW = `${ESCAPE}J`
const [WRAP_OFF, WRAP_ON] = [`${ESCAPE}?7l`, `${ESCAPE}?7h`]
/** Between these a terminal that knows them shows nothing half done. */
const [BEGIN, END] = [`${ESCAPE}?2026h`, `${ESCAPE}?2026l`]

/**
 * The last lines of a terminal, drawn again in place. The cursor waits below them and is never hidden, so that whatever
 * ends the process leaves a whole terminal. Libraries for this erase as many rows as they wrote, which leaves garbage in a
 * terminal that has become narrower since.
 */
export class Screen {
  readonly #output: Output
  #drawn: readonly string[] = []
  #columns = 0

  constructor(output: Output) {
    this.#output = output
  }

  /** Shows `lines` in place of those before; `above` comes to stand over them and stays. Lines are narrower than the terminal. */
  show(lines: readonly string[], above: readonly string[] = []): void {
    const { columns } = this.#output.size()
    const before = this.#drawn
    const isInPlace = above.length === 0 && columns === this.#columns && lines.length === before.length
    if (isInPlace && lines.every((line, index) => line === before[index])) return
    const text = isInPlace ? overwrite(before, lines) : this.#erase(columns) + written([...above, ...lines])
    this.#output.write(BEGIN + text + END)
    this.#drawn = lines
    this.#columns = columns
  }

  /** Line by line from below: tmux scrolls what is erased all at once from the first cell into its history. */
  #erase(columns: number): string {
    return `\r${ERASE_BELOW}${(LINE_UP + ERASE_LINE).repeat(this.#rows(columns))}`
  }

  /** A terminal that has become narrower has broken what was drawn into more rows, unless it is one that cuts. */
  #rows(columns: number): number {
    if (!this.#output.reflows) return this.#drawn.length
    const lengths = this.#drawn.map((line) => stripVTControlCharacters(line).length)
    return lengths.reduce((rows, length) => rows + Math.max(1, Math.ceil(length / columns)), 0)
  }
}

/**
 * Writes only lines that are others, and takes away what was typed below. A terminal may have become narrower before we are
 * told: nothing wraps, so that there are as many rows to erase then as if nothing had been written.
 */
function overwrite(before: readonly string[], lines: readonly string[]): string {
  const changed = lines.map((line, index) => (line === before[index] ? '' : line + ERASE_LINE_END))
  return `${WRAP_OFF}\r${LINE_UP.repeat(lines.length)}${written(changed)}${ERASE_BELOW}${WRAP_ON}`
}

function written(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}
