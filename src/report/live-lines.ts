import type { Colours } from './output.ts'
import type { Progress } from './progress.ts'
import { countsText, LABEL_WIDTH } from './style.ts'
import { cut } from './wrap.ts'

const WIDEST_BAR = 40

interface Picture {
  readonly command: string
  readonly progress: Progress
  readonly now: number
  readonly columns: number
  readonly colours: Colours
}

/** What the terminal shows while a run lasts: a bar, counts, and the hosts in flight by their step. */
export function liveLines(picture: Picture): string[] {
  const { progress, colours, columns } = picture
  const counts = countsText(progress.counts, colours)
  const inFlight = progress.inFlight.map(({ step, hosts }) => {
    const label = `${step.padEnd(LABEL_WIDTH - 4)}${String(hosts.length).padStart(3)} `
    return `${colours.cyan(label)}${cut(hosts.join(', '), columns - LABEL_WIDTH - 1)}`
  })
  return [barLine(picture), ...(counts === '' ? [] : [counts]), ...inFlight]
}

function barLine({ command, progress, now, columns, colours }: Picture): string {
  const count = `${progress.done}/${progress.total}`
  const time = clockTime(Math.floor((now - progress.started) / 1_000))
  const room = columns - command.length - count.length - time.length - 8
  const width = Math.max(4, Math.min(WIDEST_BAR, room))
  const full = progress.total === 0 ? width : Math.floor((width * progress.done) / progress.total)
  const bar = colours.green('━'.repeat(full)) + colours.dim('─'.repeat(width - full))
  return `${colours.bold(command)}  ${bar}  ${count}  ${colours.dim(time)}`
}

function clockTime(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
