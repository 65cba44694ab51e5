import type { RunCommand } from './command.ts'
import type { HostResult, Severity, Summary } from './outcome.ts'
import type { Shard } from './shard.ts'

export const STEPS = [
  'connect',
  'examine',
  'wait', // for its batch
  'probe',
  'apply',
  'confirm',
  'revert',
  'await-guard',
] as const

export type Step = (typeof STEPS)[number]

/** What the core tells while it works. The jsonl output and the journal are this stream. */
export type RunEvent =
  | {
      readonly event: 'run'
      readonly format: 1
      readonly mailfw: string
      readonly command: RunCommand
      readonly run: string
      readonly started: string
      readonly hosts: number
      /** The part of the selected hosts that these are, where they are not all. */
      readonly shard?: Shard
      /** The inventory as it was named, and its git revision. */
      readonly inventory: string
      readonly revision?: string
      /** The person and the machine, as `alice@laptop`. */
      readonly by: string
    }
  /**
   * A batch begins: number `batch` of `of`, counted from 1; once more for a host that takes the place of one that was not
   * changed. `hosts` are changed, none that is as wanted or down; `more`: so many are still examined, and may join them.
   */
  | {
      readonly event: 'batch'
      readonly batch: number
      readonly of: number
      readonly hosts: readonly string[]
      readonly more?: number
    }
  | { readonly event: 'step'; readonly host: string; readonly step: Step; readonly at: string }
  /**
   * A connection was made, or a remote call was answered and did what it was asked for, or not: `ok`. `call` is `connect`
   * or the verb of host.sh.
   */
  | {
      readonly event: 'call'
      readonly host: string
      readonly call: string
      readonly ok: boolean
      readonly seconds: number
    }
  | ({ readonly event: 'host' } & HostResult)
  | {
      readonly event: 'notice'
      readonly host?: string
      readonly message: string
      /** `warning`: something went wrong, which is told even where only that is. */
      readonly severity?: Severity
    }
  | { readonly event: 'end'; readonly summary: Summary; readonly exit: number; readonly seconds: number }

export type Emit = (event: RunEvent) => void

/** Tells something that belongs to no step of a host's story. `severity` as in the event. */
export type TellNotice = (message: string, severity?: Severity) => void
