import { clean } from './clean.ts'
import type { Clock } from './clock.ts'
import { hostLine } from './host-line.ts'
import { noticeLine } from './notice.ts'
import type { Output } from './output.ts'
import type { Progress } from './progress.ts'
import { countsText, durationText } from './style.ts'
import type { Watch } from './watch.ts'
import { cut } from './wrap.ts'

const HEARTBEAT_MILLISECONDS = 10_000
const MOST_NAMED = 200

/** For a log: a line for each host that finished, and a sign of life when nothing else was said for a while. */
export function createLogWatch(options: {
  readonly output: Output
  readonly clock: Clock
  readonly progress: Progress
}): Watch {
  const { output, clock, progress } = options
  let silent = true
  const say = (line: string): void => {
    silent = false
    output.write(`${line}\n`)
  }
  const stopHeartbeat = clock.every(HEARTBEAT_MILLISECONDS, () => {
    if (silent) output.write(`${heartbeat(progress, clock.now(), output)}\n`)
    silent = true
  })
  return {
    event: (event) => {
      progress.take(event)
      if (event.event === 'notice') say(noticeLine(event, output.colours))
      if (event.event !== 'host' || event.outcome === 'skipped') return
      const width = String(progress.total).length
      const counter = `${String(progress.done).padStart(width)}/${progress.total}`
      say(`${output.colours.dim(counter)}  ${hostLine(clean(event, { diff: false }), output.colours)}`)
    },
    pause: () => undefined,
    resume: () => undefined,
    end: stopHeartbeat,
  }
}

function heartbeat(progress: Progress, now: number, output: Output): string {
  const inFlight = progress.inFlight.map(
    ({ step, hosts }) => `${hosts.length} at ${step} (${hosts.join(', ')})`,
  )
  const counts = countsText(progress.counts, output.colours)
  const done = `${progress.done} of ${progress.total} done after ${durationText((now - progress.started) / 1_000)}`
  return [counts === '' ? done : `${done}: ${counts}`, cut(inFlight.join(', '), MOST_NAMED)]
    .filter((part) => part !== '')
    .join('; ')
}
