import type { HostResult } from '../model/outcome.ts'
import type { Connection } from '../model/transport.ts'
import type { KeptReceipt } from '../remote/receipts.ts'
import type { Decide, Decision } from './change.ts'
import { changeHost } from './change.ts'
import { failed } from './endings.ts'
import { baseOf } from './goal.ts'
import { readKept } from './kept-generations.ts'
import { decideGoingBack } from './rollback.ts'
import type { HostContext, Job, Visit } from './visit.ts'

export interface UndoOptions {
  /** The generation that a run has just made. */
  readonly generation: number
  /** Why, for whoever finds the host held. */
  readonly reason: string
}

/**
 * Brings one host from the generation that a run has just made back to the one before it, with the safeguard of a deploy,
 * and holds it there. `failed` with code `other-rules` where another run has been there since; `unchanged` where that
 * generation has only put the rules of the one before it back. Never rejects for the host's sake.
 */
export function undoHost(job: Job, context: HostContext, options: UndoOptions): Promise<HostResult> {
  const decide: Decide = (visit, connection) => decideUndo(visit, connection, options)
  return changeHost(job, context, decide)
}

async function decideUndo(
  visit: Visit,
  connection: Connection,
  { generation, reason }: UndoOptions,
): Promise<Decision> {
  visit.step('examine')
  const history = await readKept(visit, connection, [])
  const [newest, target] = history.receipts
  if (newest?.n !== generation) {
    const since = `it has generation ${newest?.n ?? 0} by now, which another run made`
    return { kind: 'refuse', result: failed(visit, 'other-rules', since) }
  }
  if (target === undefined) {
    const none = `no generation before ${generation} is kept on the host`
    return { kind: 'refuse', result: failed(visit, 'no-generation', none) }
  }
  if (isSame(newest, target)) {
    const same = `generation ${generation} has the rules of the one before it`
    return { kind: 'refuse', result: visit.result('unchanged', 'as-wanted', same) }
  }
  return decideGoingBack(visit, connection, { history, target, hold: reason })
}

/** A hold that was released is part of what has to come back. */
function isSame(newest: KeptReceipt, before: KeptReceipt): boolean {
  return baseOf(newest) === baseOf(before) && before.hold === undefined
}
