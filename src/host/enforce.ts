import type { HostResult } from '../model/outcome.ts'
import type { Connection } from '../model/transport.ts'
import type { Decide, Decision, SeenPlan } from './change.ts'
import { changeHost } from './change.ts'
import { unchanged } from './check.ts'
import { objected } from './endings.ts'
import { refuseUnseen } from './first-deploy/unseen.ts'
import { generationGoal, inventoryGoal } from './goal.ts'
import { held, holdSeen } from './held.ts'
import { lostPhrase, readKept } from './kept-generations.ts'
import { look } from './look.ts'
import type { HostContext, Job, Visit } from './visit.ts'

export interface EnforceOptions {
  /** `host`: only what somebody changed there is put back; `all`: what the inventory or mailfw changed is brought there too. */
  readonly mends: 'all' | 'host'
}

/**
 * Puts one host right that drifted, with the safeguard of a deploy; one that is held is left alone. Never rejects for the
 * host's sake.
 */
export function enforceHost(job: Job, context: HostContext, { mends }: EnforceOptions): Promise<HostResult> {
  const decide: Decide = (visit, connection) => decideEnforce(visit, connection, mends)
  return changeHost(job, context, decide)
}

async function decideEnforce(
  visit: Visit,
  connection: Connection,
  mends: EnforceOptions['mends'],
): Promise<Decision> {
  const seen = await look(visit, connection)
  const hold = holdSeen(seen)
  if (seen.kind === 'objection')
    return { kind: 'refuse', result: hold ? held(visit, hold) : objected(visit, seen.objection) }
  const { families } = seen.examination
  if (hold !== undefined) return { kind: 'leave', seen, result: held(visit, hold) }
  if (seen.plan.isEmpty) return { kind: 'leave', seen, result: unchanged(visit) }
  if (seen.examination.generation === undefined) {
    const why = 'mailfw has not deployed here yet, and enforce makes no first deploy: mailfw deploy does'
    return { kind: 'leave', seen, result: left(visit, seen, why) }
  }
  const isOurs = Object.values(families).every((examined) => examined.wantedIsGeneration)
  if (mends === 'host' && !isOurs) return putBack(visit, connection, seen)
  const refused = refuseUnseen(visit, seen, new Set())
  if (refused !== undefined) return { kind: 'leave', seen, result: refused }
  return { kind: 'change', seen, goal: inventoryGoal(visit, seen.examination) }
}

/** To the generation that the host was last brought to, although the inventory says something else by now. */
async function putBack(visit: Visit, connection: Connection, seen: SeenPlan): Promise<Decision> {
  const { receipt } = seen.examination
  if (receipt === undefined) {
    const why = 'no generation is kept on the host that --only host could put back'
    return { kind: 'leave', seen, result: left(visit, seen, why) }
  }
  const { rules } = await readKept(visit, connection, [receipt.n])
  const texts = rules.get(receipt.n) ?? {}
  if (texts.v4 === undefined) {
    const why = lostPhrase(receipt)
    return { kind: 'leave', seen, result: left(visit, seen, why) }
  }
  const goal = generationGoal(receipt, texts)
  const then = await look(visit, connection, goal)
  if (then.kind === 'objection') return { kind: 'refuse', result: objected(visit, then.objection) }
  if (!then.plan.isEmpty) return { kind: 'change', seen: then, goal }
  const why = `live and saved rules are those of generation ${receipt.n}; what the inventory changed since then is left, by --only host`
  return { kind: 'leave', seen: then, result: left(visit, seen, why) }
}

/** What differs is shown all the same. */
function left(visit: Visit, { plan }: SeenPlan, why: string): HostResult {
  visit.learn({ families: plan.states })
  return visit.result('would-change', 'drift', `${why}; nothing was changed`)
}
