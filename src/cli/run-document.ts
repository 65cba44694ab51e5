import { randomBytes } from 'node:crypto'
import type { RunCommand } from '../model/command.ts'
import type { HostResult } from '../model/outcome.ts'
import { exitCode, summarise } from '../model/outcome.ts'
import type { Clock } from '../report/clock.ts'
import type { RunDocument } from '../report/reporter.ts'
import { VERSION } from './version.ts'

/** What is known of a run when it begins. */
export type RunBeginning = Pick<RunDocument, 'format' | 'mailfw' | 'command' | 'run' | 'started'>

/** A run that begins now, with an id of its own. */
export function beginRun(command: RunCommand, clock: Clock): RunBeginning {
  return {
    format: 1,
    mailfw: VERSION,
    command,
    run: randomBytes(8).toString('hex'),
    started: new Date(clock.now()).toISOString(),
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
