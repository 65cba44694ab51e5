import { createLogUpdate } from 'log-update'
import { clean } from './clean.ts'
import type { Clock } from './clock.ts'
import { hostLine } from './host-line.ts'
import { liveLines } from './live-lines.ts'
import { noticeLine } from './notice.ts'
import type { Output } from './output.ts'
import type { Progress } from './progress.ts'
import type { Watch } from './watch.ts'
import { wrap } from './wrap.ts'

const FRAME_MILLISECONDS = 100

/** Outcomes that a person wants to see at once; the others are told at the end. */
const SEEN_AT_ONCE = new Set(['failed', 'unreachable', 'reverted', 'revert-failed', 'unknown', 'held'])

/** For a terminal: some lines that are redrawn in place, and above them what needs attention. */
export function createLiveWatch(options: {
  readonly command: string
  readonly output: Output
  readonly clock: Clock
  readonly progress: Progress
}): Watch {
  const { output, clock, progress } = options
  const { colours } = output
  const screen = createLogUpdate(output.stream, { showCursor: true })
  const waiting: string[] = []
  let tallest = 0
  let isPaused = false
  const draw = (): void => {
    if (isPaused) return
    const lines = liveLines({ ...options, now: clock.now(), columns: output.columns() - 1, colours })
    tallest = Math.max(tallest, lines.length)
    screen([...lines, ...Array<string>(tallest - lines.length).fill('')].join('\n'))
  }
  const above = (...lines: readonly string[]): void => {
    waiting.push(...lines)
    if (isPaused || waiting.length === 0) return
    screen.clear()
    output.write(
      waiting
        .splice(0)
        .map((line) => `${line}\n`)
        .join(''),
    )
    draw()
  }
  const stopDrawing = clock.every(FRAME_MILLISECONDS, draw)
  draw()
  return {
    event: (event) => {
      progress.take(event)
      if (event.event === 'notice') above(...wrap(noticeLine(event, colours), output.columns()))
      if (event.event === 'host' && SEEN_AT_ONCE.has(event.outcome)) {
        above(hostLine(clean(event, { diff: false }), colours, output.columns()))
      }
    },
    pause: () => {
      isPaused = true
      screen.clear()
    },
    resume: () => {
      isPaused = false
      above()
      draw()
    },
    end: () => {
      isPaused = false
      above()
      stopDrawing()
      screen.clear()
      screen.done()
    },
  }
}
