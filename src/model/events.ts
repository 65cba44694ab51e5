import type { RunCommand } from './command.ts'
import type { HostResult, Summary } from './outcome.ts'

export const STEPS = ['connect', 'examine', 'apply', 'confirm', 'revert', 'await-guard'] as const

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
    }
  | { readonly event: 'step'; readonly host: string; readonly step: Step; readonly at: string }
  | ({ readonly event: 'host' } & HostResult)
  | { readonly event: 'notice'; readonly host?: string; readonly message: string }
  | { readonly event: 'end'; readonly summary: Summary; readonly exit: number; readonly seconds: number }

export type Emit = (event: RunEvent) => void
