import { clean } from './clean.ts'
import type { Reporter, RunDocument } from './reporter.ts'

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
      options.write(jsonDocument(run, options))
    },
    leave: () => undefined,
  }
}

/** The document of a run as text; everything in it is printable. */
export function jsonDocument(run: RunDocument, options: { readonly diff: boolean }): string {
  const hosts = run.hosts.map((result) => clean(result, options))
  return `${JSON.stringify({ ...run, hosts }, null, 2)}\n`
}
