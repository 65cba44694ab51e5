import { clean } from './clean.ts'
import type { Reporter } from './reporter.ts'

interface JsonOptions {
  readonly write: (text: string) => void
  readonly diff: boolean
}

/** One document at the end. */
export function createJsonReporter(options: JsonOptions): Reporter {
  return {
    event: () => undefined,
    changes: () => undefined,
    aside: (ask) => ask(),
    finish: (run) => {
      const hosts = run.hosts.map((result) => clean(result, options))
      options.write(`${JSON.stringify({ ...run, hosts }, null, 2)}\n`)
    },
  }
}
