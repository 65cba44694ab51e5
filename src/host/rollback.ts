import type { HostResult } from '../model/outcome.ts'
import type { Connection } from '../model/transport.ts'
import type { FamilyTexts } from '../remote/attempt.ts'
import type { History } from '../remote/history.ts'
import { readHistory } from '../remote/history.ts'
import type { KeptReceipt } from '../remote/receipts.ts'
import { FAMILIES } from '../model/family.ts'
import { formatRuleset, parseRuleset } from '../ruleset/parse.ts'
import type { Decide, Decision } from './change.ts'
import { changeHost } from './change.ts'
import { wouldChange } from './check.ts'
import { failed, objected } from './endings.ts'
import type { Goal } from './goal.ts'
import { baseOf, firstSavedOf, generationGoal } from './goal.ts'
import { generationName } from './held.ts'
import { HISTORY_SECONDS, keptPhrase } from './history.ts'
import { look } from './look.ts'
import { oneVisit } from './one-visit.ts'
import type { HostContext, Job, Visit } from './visit.ts'

export interface RollbackOptions {
  /** A generation, or the one before that whose rules the host has. */
  readonly to: number | 'previous'
  /** Why the host is to be left as it is then. */
  readonly reason: string
}

/**
 * Brings the rules of an older generation back to one host, with the safeguard of a deploy, and holds it there. The
 * inventory's rules do not matter. Never rejects for the host's sake.
 */
export function rollbackHost(job: Job, context: HostContext, options: RollbackOptions): Promise<HostResult> {
  const decide: Decide = (visit, connection) => decideRollback(visit, connection, options)
  return changeHost(job, context, decide)
}

/** What `rollbackHost` would do; changes nothing. */
export function planRollback(job: Job, context: HostContext, options: RollbackOptions): Promise<HostResult> {
  return oneVisit(job, context, async (visit, connection) => {
    const decision = await decideRollback(visit, connection, options)
    return decision.kind === 'change'
      ? wouldChange(visit, decision.seen.plan, decision.seen.examination.generation)
      : decision.result
  })
}

async function decideRollback(
  visit: Visit,
  connection: Connection,
  { to, reason }: RollbackOptions,
): Promise<Decision> {
  visit.step('examine')
  const history = await readHistory(
    connection,
    { of: 'all', spelling: 'rendered' },
    visit.callOptions(HISTORY_SECONDS),
  )
  const target = targetOf(history, to)
  if (typeof target === 'string') return { kind: 'refuse', result: failed(visit, 'no-generation', target) }
  const goal = goalOf(history, target, reason)
  const seen = await look(visit, connection, goal)
  if (seen.kind === 'objection') return { kind: 'refuse', result: objected(visit, seen.objection) }
  const { receipt } = seen.examination
  if (seen.plan.isEmpty && receipt?.hold !== undefined && baseOf(receipt) === baseOf(target)) {
    const already = `the rules of ${generationName(baseOf(target))} are live, saved and held already`
    return { kind: 'leave', seen, result: visit.result('unchanged', 'as-wanted', already) }
  }
  return { kind: 'change', seen, goal }
}

/** Which generation is meant, or a sentence that says why there is none. */
function targetOf({ receipts }: History, to: number | 'previous'): KeptReceipt | string {
  const [newest] = receipts
  if (newest === undefined || newest.n === 0) return 'mailfw has made no generation on the host yet'
  if (to === 'previous') {
    const before = receipts.find(({ n }) => n < baseOf(newest))
    return before ?? `there is no generation before ${generationName(baseOf(newest))} on the host`
  }
  const asked = receipts.find(({ n }) => n === to)
  return asked ?? `there is no generation ${to} on the host: ${keptPhrase(receipts)}`
}

function goalOf(history: History, target: KeptReceipt, hold: string): Goal {
  const goal = generationGoal(target, rulesOf(history, target))
  return { ...goal, origin: { ...goal.origin, hold }, ...firstSavedOf(target, history.saved) }
}

/**
 * Of generation 0 only the tables that some generation of ours named: the others were never ours, whatever has become of
 * them since.
 */
function rulesOf({ rules }: History, target: KeptReceipt): FamilyTexts {
  const texts = rules.get(target.n) ?? {}
  if (baseOf(target) !== 0) return texts
  return Object.fromEntries(
    FAMILIES.flatMap((family) => {
      const text = texts[family]
      if (text === undefined) return []
      const ours = new Set([...rules].flatMap(([n, of]) => (n === 0 ? [] : tablesIn(of[family]))))
      return [[family, formatRuleset(parseRuleset(text).filter(({ name }) => ours.has(name)))]]
    }),
  )
}

function tablesIn(text = ''): readonly string[] {
  return parseRuleset(text).map(({ name }) => name)
}
