import type { Summary } from '../model/outcome.ts'
import type { Colours } from './output.ts'
import type { AtStep, Progress } from './progress.ts'
import { countParts, LABEL_WIDTH } from './style.ts'
import { cut } from './wrap.ts'

const WIDEST_BAR = 40
const NARROWEST_BAR = 4
/** Room for four digits. */
const STEP_WIDTH = LABEL_WIDTH - 4

interface Picture {
  readonly command: string
  readonly progress: Progress
  readonly now: number
  /** No line is longer, and there are no more lines. */
  readonly columns: number
  readonly rows: number
  readonly colours: Colours
}

/**
 * What the terminal shows while a run lasts: a bar, counts, and the hosts in flight by their step. A step that some host came
 * to keeps its line, so that the others stay where they are.
 */
export function liveLines(picture: Picture): string[] {
  const { progress, rows } = picture
  return [
    barLine(picture),
    ...countLines(progress.counts, picture),
    ...progress.steps.map((each) => stepLine(each, picture)),
  ].slice(0, rows)
}

function barLine({ command, progress, now, columns, colours }: Picture): string {
  const { batch, done, total } = progress
  const before = [command, ...(batch === undefined ? [] : [`batch ${batch.batch}/${batch.of}`])].join('  ')
  const count = `${done}/${total}`
  const time = clockTime(Math.max(0, Math.floor((now - progress.started) / 1_000)))
  const room = columns - before.length - count.length - time.length - 6
  if (room < NARROWEST_BAR) return cut(`${before}  ${count}  ${time}`, columns)
  const width = Math.min(WIDEST_BAR, room)
  const full = total === 0 ? width : Math.floor((width * done) / total)
  const bar = colours.green('━'.repeat(full)) + colours.dim('─'.repeat(width - full))
  return `${colours.bold(before)}  ${bar}  ${count}  ${colours.dim(time)}`
}

/** On as many lines as they need: none of them is cut. */
function countLines(counts: Summary, { columns, colours }: Picture): string[] {
  const lines: { text: string; length: number }[] = []
  for (const { plain, painted } of countParts(counts, colours)) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 2 + plain.length < columns) {
      last.text += `, ${painted}`
      last.length += 2 + plain.length
    } else {
      if (last !== undefined) last.text += ','
      lines.push({ text: painted, length: plain.length })
    }
  }
  return lines.map(({ text }) => text)
}

function stepLine({ step, hosts }: AtStep, { columns, colours }: Picture): string {
  const label = step.padEnd(STEP_WIDTH)
  if (hosts.size === 0) return colours.dim(`${label}   –`)
  const head = `${label}${String(hosts.size).padStart(4)} `
  return colours.cyan(head) + cut(firstOf(hosts, columns), columns - head.length)
}

/** As many names as may be seen, and some more. */
function firstOf(hosts: ReadonlySet<string>, width: number): string {
  let text = ''
  for (const host of hosts) {
    text += text === '' ? host : `, ${host}`
    if (text.length > width) break
  }
  return text
}

function clockTime(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
