import type { RunCommand } from '../model/command.ts'
import type { RunEvent } from '../model/events.ts'
import type { HostResult, Summary } from '../model/outcome.ts'
import type { Shard } from '../model/shard.ts'

/** How a run ended: the JSON document, and all that the text is made of. */
export interface RunDocument {
  readonly format: 1
  readonly mailfw: string
  readonly command: RunCommand
  readonly run: string
  readonly started: string
  /** As it was named. */
  readonly inventory?: string
  /** The part of the selected hosts that the run had, where it had not all. */
  readonly shard?: Shard
  readonly seconds: number
  readonly exit: number
  readonly summary: Summary
  /** Why it ended before any host was contacted; only what `--notify` is told has that. */
  readonly message?: string
  /** In the order of the inventory. */
  readonly hosts: readonly HostResult[]
}

/** One way to show a run. It formats and decides nothing. */
export interface Reporter {
  /** What happens, as it happens. */
  readonly event: (event: RunEvent) => void
  /** What a deploy would change, for the question that follows; the events after it tell of these changes being made. */
  readonly changes: (results: readonly HostResult[]) => void
  /** Leaves the terminal to a question for as long as `ask` takes. */
  readonly aside: <T>(ask: () => Promise<T>) => Promise<T>
  /** How it ended; called once, last. */
  readonly finish: (run: RunDocument) => void
  /** Called instead where a bug ended it: all that happened is told, and the terminal is left to what follows. */
  readonly leave: () => void
}

/** How much is told besides the result: only what went wrong, progress, or each remote call as well. */
export type Detail = 'quiet' | 'progress' | 'verbose'

/** What `--output` names. */
export const OUTPUT_FORMATS = ['text', 'json', 'jsonl'] as const

export type OutputFormat = (typeof OUTPUT_FORMATS)[number]
