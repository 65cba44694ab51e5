import type { RunEvent } from '../model/events.ts'
import type { HostResult } from '../model/outcome.ts'
import { callLine } from './call-line.ts'
import { clean } from './clean.ts'
import { groupBy, sentenceFor } from './fold.ts'
import { hostLine } from './host-line.ts'
import { namesWithCount } from './names.ts'
import { noticeLines } from './notice.ts'
import type { Output } from './output.ts'
import type { Progress } from './progress.ts'
import { countsText, durationText, LABEL_WIDTH, outcomePaint } from './style.ts'
import type { Watch, WatchOptions } from './watch.ts'
import { cut } from './wrap.ts'

const TICK_MILLISECONDS = 1_000
const HEARTBEAT_MILLISECONDS = 10_000
const MOST_NAMED = 200

/** For a log: a line for each host that finished, and a sign of life when nothing else was said for a while. */
export function createLogWatch({ output, clock, progress, verbose }: WatchOptions): Watch {
  const { colours } = output
  let spoke = clock.now()
  let skipped: HostResult[] = []

  const say = (...lines: readonly string[]): void => {
    if (lines.length === 0) return
    spoke = clock.now()
    output.write(lines.map((line) => `${line}\n`).join(''))
  }
  const stopHeartbeat = clock.every(TICK_MILLISECONDS, () => {
    if (clock.now() - spoke >= HEARTBEAT_MILLISECONDS) say(heartbeat(progress, clock.now(), output))
  })
  const lineFor = (event: RunEvent): string | undefined => {
    switch (event.event) {
      case 'notice':
        return noticeLines(event, output).join('\n')
      case 'batch':
        return batchLine(event)
      case 'call':
        return verbose ? callLine(event, colours) : undefined
      case 'host': {
        const result = clean(event, { diff: false })
        if (event.outcome !== 'skipped') return `${counter(progress, output)}  ${hostLine(result, colours)}`
        skipped.push(result)
        return undefined
      }
      case 'run':
      case 'step':
      case 'end':
        return undefined
    }
  }
  return {
    event: (event) => {
      progress.take(event)
      const line = lineFor(event)
      if (line !== undefined) say(line)
    },
    pause: () => undefined,
    resume: () => undefined,
    end: () => {
      stopHeartbeat()
      say(...skippedLines(skipped, progress, output))
      skipped = []
    },
  }
}

function batchLine({ batch, of, hosts, more }: Extract<RunEvent, { readonly event: 'batch' }>): string {
  const others = more === undefined ? '' : `, and up to ${more} that are still examined`
  return `batch ${batch}/${of}: ${cut(namesWithCount(hosts), MOST_NAMED)}${others}`
}

function counter({ done, total }: Progress, { colours }: Output): string {
  return colours.dim(`${String(done).padStart(String(total).length)}/${total}`)
}

/** Hosts that were never started end all at once, and mostly for one reason: a line for each reason. */
function skippedLines(skipped: readonly HostResult[], progress: Progress, output: Output): readonly string[] {
  const label = outcomePaint('skipped', output.colours)('skipped'.padEnd(LABEL_WIDTH))
  return groupBy(skipped, ({ code }) => code).map((group) => {
    const names = cut(namesWithCount(group.map(({ host }) => host)), MOST_NAMED)
    return `${counter(progress, output)}  ${label}${names}: ${sentenceFor(group)}`
  })
}

function heartbeat(progress: Progress, now: number, output: Output): string {
  const inFlight = progress.steps
    .filter(({ hosts }) => hosts.size > 0)
    .map(({ step, hosts }) => `${hosts.size} at ${step} (${[...hosts].join(', ')})`)
  const counts = countsText(progress.counts, output.colours)
  const done = `${progress.done} of ${progress.total} done after ${durationText((now - progress.started) / 1_000)}`
  return [counts === '' ? done : `${done}: ${counts}`, cut(inFlight.join(', '), MOST_NAMED)]
    .filter((part) => part !== '')
    .join('; ')
}
