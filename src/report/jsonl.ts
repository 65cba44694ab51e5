import { printable } from '../lib/printable.ts'
import type { RunEvent } from '../model/events.ts'
import { clean } from './clean.ts'
import type { Reporter } from './reporter.ts'

interface JsonlOptions {
  readonly write: (text: string) => void
  readonly diff: boolean
}

/** An event a line, as it happens; the last is `end`. */
export function createJsonlReporter(options: JsonlOptions): Reporter {
  const line = (event: RunEvent): void => {
    options.write(`${JSON.stringify(event)}\n`)
  }
  return {
    event: (event) => {
      line(cleanEvent(event, options))
    },
    changes: () => undefined,
    aside: (ask) => ask(),
    finish: ({ summary, exit, seconds }) => {
      line({ event: 'end', summary, exit, seconds })
    },
    leave: () => undefined,
  }
}

function cleanEvent(event: RunEvent, options: JsonlOptions): RunEvent {
  switch (event.event) {
    case 'host':
      return { event: 'host', ...clean(event, options) }
    case 'notice':
      return { ...event, message: printable(event.message) }
    case 'run':
    case 'batch':
    case 'step':
    case 'call':
    case 'end':
      return event
  }
}
