import type { RunEvent } from '../model/events.ts'
import { callLine } from './call-line.ts'
import { clean } from './clean.ts'
import { hostEntry, hostLine } from './host-line.ts'
import { liveLines } from './live-lines.ts'
import { noticeLines } from './notice.ts'
import { Screen } from './screen.ts'
import type { Watch, WatchOptions } from './watch.ts'

const FRAME_MILLISECONDS = 100

/** Outcomes that a person wants to see at once; the others are told at the end. */
const SEEN_AT_ONCE = new Set(['failed', 'unreachable', 'reverted', 'revert-failed', 'unknown', 'held'])

/** For a terminal: some lines that are redrawn in place, and above them what needs attention. */
export function createLiveWatch(options: WatchOptions): Watch {
  const { output, clock, progress } = options
  const screen = new Screen(output)
  let above: string[] = []
  let isPaused = false
  let drawn = Number.NEGATIVE_INFINITY

  const show = (lines: readonly string[]): void => {
    screen.show(lines, above)
    above = []
    drawn = clock.now()
  }
  const draw = (): void => {
    if (isPaused) return
    const { columns, rows } = output.size()
    // The last column and the last row stay free: what is written there would move the rest.
    const picture = { ...options, now: clock.now(), columns: columns - 1, rows: Math.max(1, rows - 2) }
    show(liveLines({ ...picture, colours: output.colours }))
  }
  const stopDrawing = clock.every(FRAME_MILLISECONDS, draw)
  const stopHeeding = output.onResize(draw)
  draw()
  return {
    event: (event) => {
      progress.take(event)
      const lines = linesAbove(event, options)
      above.push(...lines)
      if (lines.length > 0 && clock.now() - drawn >= FRAME_MILLISECONDS) draw()
    },
    pause: () => {
      show([])
      isPaused = true
    },
    resume: () => {
      isPaused = false
      draw()
    },
    end: () => {
      stopDrawing()
      stopHeeding()
      show([])
    },
  }
}

/** Whole sentences, wrapped: nothing of an error is cut. */
function linesAbove(event: RunEvent, { output, verbose }: WatchOptions): readonly string[] {
  const { colours } = output
  switch (event.event) {
    case 'notice':
      return noticeLines(event, output)
    case 'call':
      return verbose ? [callLine(event, colours)] : []
    case 'host': {
      const result = clean(event, { diff: false })
      if (SEEN_AT_ONCE.has(event.outcome)) return hostEntry(result, { colours, columns: output.columns() })
      return verbose && event.outcome !== 'skipped' ? [hostLine(result, colours)] : []
    }
    case 'run':
    case 'batch':
    case 'step':
    case 'end':
      return []
  }
}
