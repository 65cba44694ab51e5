import { noticeLines } from './notice.ts'
import type { Output } from './output.ts'
import type { Watch } from './watch.ts'

/** For who wants the result alone: tells of what went wrong besides, and of nothing else. */
export function createQuietWatch(output: Output): Watch {
  return {
    event: (event) => {
      if (event.event === 'notice' && event.severity === 'warning')
        output.write(`${noticeLines(event, output).join('\n')}\n`)
    },
    pause: () => undefined,
    resume: () => undefined,
    end: () => undefined,
  }
}
