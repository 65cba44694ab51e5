import type { HostResult } from '../model/outcome.ts'
import type { Connection } from '../model/transport.ts'
import type { FamilyTexts } from '../remote/attempt.ts'
import type { History } from '../remote/history.ts'
import type { KeptReceipt } from '../remote/receipts.ts'
import { FAMILIES } from '../model/family.ts'
import { formatRuleset, parseRuleset } from '../ruleset/parse.ts'
import type { Decide, Decision } from './change.ts'
import { changeHost } from './change.ts'
import { wouldChange } from './check.ts'
import { failed, objected } from './endings.ts'
import type { Goal } from './goal.ts'
import { baseOf, firstOf, generationGoal } from './goal.ts'
import { generationName } from './held.ts'
import { closesSsh } from './going-back/closes-ssh.ts'
import { keptPhrase, lostPhrase, readKept } from './kept-generations.ts'
import { look } from './look.ts'
import { oneVisit } from './one-visit.ts'
import type { HostContext, Job, Visit } from './visit.ts'

export interface RollbackOptions {
  /** A generation, or the one before that whose rules the host has. */
  readonly to: number | 'previous'
  /** Why the host is to be left as it is then. */
  readonly reason?: string
}

const NO_REASON = 'no reason was given'

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
      ? wouldChange(visit, decision.seen.plan, decision.seen.examination)
      : decision.result
  })
}

async function decideRollback(
  visit: Visit,
  connection: Connection,
  { to, reason }: RollbackOptions,
): Promise<Decision> {
  visit.step('examine')
  const history = await readKept(visit, connection, [])
  const target = targetOf(history, to)
  if (typeof target === 'string') return { kind: 'refuse', result: failed(visit, 'no-generation', target) }
  if (target.otherMachine === true && !visit.allows('other-machine-generation')) {
    const message = `${generationName(target.n)} was kept on another machine, of which this one is a clone, and may let in whom that one serves; --allow other-machine-generation takes it`
    return { kind: 'refuse', result: failed(visit, 'other-machine-generation', message) }
  }
  const hold = reason ?? NO_REASON
  const decision = await decideGoingBack(visit, connection, { history, target, hold })
  if (decision.kind === 'change' && decision.seen.plan.isEmpty && isHeldSo(history, target, reason)) {
    const already = `the rules of ${generationName(baseOf(target))} are live, saved and held already`
    return { kind: 'leave', seen: decision.seen, result: visit.result('unchanged', 'as-wanted', already) }
  }
  return decision
}

interface GoingBack {
  readonly history: History
  readonly target: KeptReceipt
  /** Why the host is to be left as it is then. */
  readonly hold: string
}

/** To bring the rules of a generation back, or why that cannot be. */
export async function decideGoingBack(
  visit: Visit,
  connection: Connection,
  { history, target, hold }: GoingBack,
): Promise<Exclude<Decision, { readonly kind: 'leave' }>> {
  const { rules, first } = await readKept(visit, connection, [target.n])
  const texts = rules.get(target.n) ?? {}
  if (texts.v4 === undefined)
    return { kind: 'refuse', result: failed(visit, 'no-generation', lostPhrase(target)) }
  const goal = goalOf({ ...history, first, texts }, target, hold)
  const seen = await look(visit, connection, goal)
  if (seen.kind === 'objection') return { kind: 'refuse', result: objected(visit, seen.objection) }
  const closed = visit.allows('generation-closes-ssh')
    ? undefined
    : closesSsh(visit.host, seen.examination, { n: baseOf(target), wanted: goal.wanted, first: goal.first })
  return closed === undefined
    ? { kind: 'change', seen, goal }
    : { kind: 'refuse', result: objected(visit, closed) }
}

/** Whoever gives another reason wants that to be told. */
function isHeldSo({ receipts: [newest] }: History, target: KeptReceipt, reason: string | undefined): boolean {
  const hold = newest?.hold
  return (
    newest !== undefined &&
    hold !== undefined &&
    baseOf(newest) === baseOf(target) &&
    (reason === undefined || reason === hold)
  )
}

/** Which generation is meant, or a sentence that says why there is none. */
function targetOf({ receipts }: History, to: number | 'previous'): KeptReceipt | string {
  const [newest] = receipts
  if (newest === undefined || newest.n === 0) return 'mailfw has made no generation on the host yet'
  if (to === 'previous') {
    return beforeOf(baseOf(newest), receipts)
  }
  const asked = receipts.find(({ n }) => n === to)
  return asked ?? `there is no generation ${to} on the host: ${keptPhrase(receipts)}`
}

/** What was there before mailfw is nobody's step back from a generation whose own predecessors are not kept any more. */
function beforeOf(base: number, receipts: readonly KeptReceipt[]): KeptReceipt | string {
  const before = receipts.find(({ n }) => n < base)
  if (before === undefined) return `there is no generation before ${generationName(base)} on the host`
  if (before.n > 0 || base === 1) return before
  return `no generation before ${generationName(base)} is kept on the host but ${generationName(0)}: --to 0 brings that back`
}

function goalOf(kept: Pick<History, 'tables' | 'first'> & Kept, target: KeptReceipt, hold: string): Goal {
  const goal = generationGoal(target, baseOf(target) === 0 ? oursOf(kept) : kept.texts)
  return { ...goal, origin: { ...goal.origin, hold }, ...firstOf(target, kept.first, { isExact: true }) }
}

interface Kept {
  readonly texts: FamilyTexts
}

/**
 * Of generation 0 only the tables that some generation of ours named: the others were never ours, whatever has become of
 * them since.
 */
function oursOf({ texts, tables }: Pick<History, 'tables'> & Kept): FamilyTexts {
  const { v4, v6, ...others } = texts
  const ours = FAMILIES.flatMap((family) => {
    const text = { v4, v6 }[family]
    if (text === undefined) return []
    return [[family, formatRuleset(parseRuleset(text).filter(({ name }) => tables[family].includes(name)))]]
  })
  return { ...others, ...(Object.fromEntries(ours) as FamilyTexts) }
}
