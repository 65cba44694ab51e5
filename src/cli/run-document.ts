import { randomBytes } from 'node:crypto'
import type { RunCommand } from '../model/command.ts'
import type { HostResult } from '../model/outcome.ts'
import { exitCode, summarise } from '../model/outcome.ts'
import type { Clock } from '../report/clock.ts'
import type { RunDocument } from '../report/reporter.ts'
import type { FleetFlags } from './flags.ts'
import { VERSION } from './version.ts'

/** What is known of a run when it begins. */
export type RunBeginning = Omit<RunDocument, 'seconds' | 'exit' | 'summary' | 'hosts' | 'message'> & {
  readonly inventory: string
}

/** A run that begins now, with an id of its own. */
export function beginRun(
  command: RunCommand,
  { inventory, shard }: Pick<FleetFlags, 'inventory' | 'shard'>,
  clock: Clock,
): RunBeginning {
  return {
    format: 1,
    mailfw: VERSION,
    command,
    run: randomBytes(8).toString('hex'),
    started: new Date(clock.now()).toISOString(),
    inventory,
    ...(shard !== undefined && { shard }),
  }
}

export function endRun(
  begun: RunBeginning,
  hosts: readonly HostResult[],
  { strict, clock }: { readonly strict: boolean; readonly clock: Clock },
): RunDocument {
  return {
    ...begun,
    seconds: (clock.now() - Date.parse(begun.started)) / 1_000,
    exit: exitCode(hosts, { strict, command: begun.command }),
    summary: summarise(hosts),
    hosts,
  }
}
