import type { Colours } from './output.ts'
import { LABEL_WIDTH } from './style.ts'
import { wrap } from './wrap.ts'

export interface Entry {
  readonly label: string
  readonly paint: (text: string) => string
  /** Which hosts. */
  readonly heading?: string
  readonly paragraphs: readonly Paragraph[]
}

/** Text is wrapped; what a person may copy, such as a command, stays on its line. */
export type Paragraph = string | { readonly asIs: string }

/** How wide, and in which colours. */
export interface Look {
  readonly columns: number
  readonly colours: Colours
}

/** A label in the margin and text beside it. */
export function writeEntry(entry: Entry, { columns, colours }: Look): string {
  const margin = ' '.repeat(LABEL_WIDTH)
  const width = Math.max(30, columns - LABEL_WIDTH)
  const lines = [
    ...wrap(entry.heading ?? '', width).map(colours.bold),
    ...entry.paragraphs.flatMap((paragraph) =>
      typeof paragraph === 'string' ? wrap(paragraph, width) : [`  ${paragraph.asIs}`],
    ),
  ]
  const label = entry.paint(entry.label.padEnd(LABEL_WIDTH))
  return lines.map((line, index) => `${index === 0 ? label : margin}${line}\n`).join('')
}
