import type { Processes } from '../controller/processes.ts'
import type { Clock } from '../report/clock.ts'
import type { OutputStream } from '../report/output.ts'

/** All that the process has and the commands may use. */
export interface World {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  /** The account that we run as: who logs in where nothing else says it. */
  readonly localUser: string
  /** The person behind it, also behind sudo, and the machine: for the receipts on the hosts. */
  readonly user: string
  readonly controller: string
  /** What started us: node, and our own program as it was called. */
  readonly program: readonly [node: string, program: string]
  readonly processes: Processes
  readonly clock: Clock
  /** Sends a signal to the process group that `leader` leads; nothing happens where it is gone or is not ours. */
  readonly signalGroup: (leader: number, signal: NodeJS.Signals) => void
  /** The first Ctrl-C: no new host is started, hosts in flight are finished. */
  readonly stop: AbortSignal
  /** The second: stop now. */
  readonly abandon: AbortSignal
}
