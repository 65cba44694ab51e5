import type { RunEvent } from '../model/events.ts'
import type { Clock } from './clock.ts'
import { createLogWatch } from './log-watch.ts'
import type { Output } from './output.ts'
import { Progress } from './progress.ts'
import { planText, resultText } from './result-text.ts'
import type { CommandFor } from './next-commands.ts'
import { noticeLines } from './notice.ts'
import { createQuietWatch } from './quiet-watch.ts'
import type { Detail, Reporter } from './reporter.ts'
import type { ByHandCommand } from './standing.ts'
import { hostCount } from './style.ts'
import type { Watch } from './watch.ts'

export interface TextOptions {
  /** The result goes here. */
  readonly result: Output
  /** Everything else: progress, notices, what a question is about. */
  readonly aside: Output
  readonly clock: Clock
  readonly diff: boolean
  readonly detail: Detail
  readonly commandFor: CommandFor
  readonly byHandCommand: ByHandCommand
}

/** Text for people: what happens goes aside, the result comes at the end. */
export async function createTextReporter(options: TextOptions): Promise<Reporter> {
  const { aside, result, clock, detail } = options
  const startWatch = await chooseWatch(options)
  const deadlines = new Map<string, Date>()
  let command = ''
  let hostsToCome = 0
  let watch: Watch | undefined
  let changesShown = false
  const stopWatching = (): void => {
    watch?.end()
    watch = undefined
  }
  return {
    event: (event) => {
      if (event.event === 'run') {
        command = event.command
        hostsToCome = event.hosts
        if (detail !== 'quiet') aside.write(headline(event, aside))
        return
      }
      if (event.event === 'host' && event.pending !== undefined) {
        deadlines.set(event.host, new Date(clock.now() + event.pending.secondsLeft * 1_000))
      }
      if (event.event === 'notice' && watch === undefined) {
        tellNotice(event, options)
        return
      }
      watch ??= startWatch(command, new Progress(hostsToCome, clock.now()))
      watch.event(event)
    },
    changes: (results) => {
      stopWatching()
      changesShown = true
      hostsToCome = results.filter((each) => each.outcome === 'would-change').length
      aside.write(planText(results, aside))
    },
    aside: async (ask) => {
      watch?.pause()
      try {
        return await ask()
      } finally {
        watch?.resume()
      }
    },
    finish: (run) => {
      stopWatching()
      if (detail !== 'quiet') aside.write('\n')
      result.write(resultText(run, { ...options, deadlines, changesShown }))
    },
    leave: stopWatching,
  }
}

/** Where nothing is followed, as while a question waits. */
function tellNotice(
  notice: Extract<RunEvent, { readonly event: 'notice' }>,
  { aside, detail }: TextOptions,
): void {
  if (detail === 'quiet' && notice.severity !== 'warning') return
  aside.write(`${noticeLines(notice, aside).join('\n')}\n`)
}

/** Live lines only where somebody watches; only then is what draws them loaded. */
async function chooseWatch({
  aside,
  clock,
  detail,
}: TextOptions): Promise<(command: string, progress: Progress) => Watch> {
  if (detail === 'quiet') return () => createQuietWatch(aside)
  const create = aside.terminal ? (await import('./live-watch.ts')).createLiveWatch : createLogWatch
  const verbose = detail === 'verbose'
  return (command, progress) => create({ command, output: aside, clock, progress, verbose })
}

function headline(run: Extract<RunEvent, { readonly event: 'run' }>, { colours }: Output): string {
  return `${colours.bold(`mailfw ${run.command}`)}: ${hostCount(run.hosts)} ${colours.dim(`(run ${run.run})`)}\n`
}
