import { createJsonReporter } from './json.ts'
import { createJsonlReporter } from './jsonl.ts'
import type { OutputFormat, Reporter } from './reporter.ts'
import type { TextOptions } from './text.ts'
import { createTextReporter } from './text.ts'

/** The reporter that `--output` names. */
export async function createReporter(format: OutputFormat, options: TextOptions): Promise<Reporter> {
  const { write } = options.result
  switch (format) {
    case 'text':
      return createTextReporter(options)
    case 'json':
      return createJsonReporter({ write, diff: options.diff })
    case 'jsonl':
      return createJsonlReporter({ write, diff: options.diff })
  }
}
