import type { Family } from '../model/family.ts'
import { FAMILIES } from '../model/family.ts'
import type { Generation, HostResult } from '../model/outcome.ts'
import type { Connection } from '../model/transport.ts'
import type { History } from '../remote/history.ts'
import type { KeptReceipt } from '../remote/receipts.ts'
import { linesBetween } from '../ruleset/between.ts'
import { wouldChange } from './check.ts'
import { failed, objected } from './endings.ts'
import { generationFrom } from './generation.ts'
import { firstOf } from './goal.ts'
import { keptPhrase, lostPhrase, readKept } from './kept-generations.ts'
import { look } from './look.ts'
import { oneVisit } from './one-visit.ts'
import type { HostContext, Job, Visit } from './visit.ts'

export interface HistoryOptions {
  /** Two generations, whose difference is all that is told. */
  readonly compare?: readonly [from: number, to: number]
}

/**
 * The generations on a host, newest first, and what each has changed; and whether live and saved are still the newest.
 * Changes nothing. Never rejects for the host's sake.
 */
export function hostHistory(
  job: Job,
  context: HostContext,
  { compare }: HistoryOptions,
): Promise<HostResult> {
  return oneVisit(job, context, async (visit, connection) => {
    const history = await readKept(visit, connection, compare ?? 'all', 'canonical')
    const { receipts } = history
    const missing = compare?.find((n) => !receipts.some((receipt) => receipt.n === n))
    if (missing !== undefined)
      return failed(
        visit,
        'no-generation',
        `there is no generation ${missing} on the host: ${keptPhrase(receipts)}`,
      )
    visit.learn({ generations: compare ? compared(history, compare) : withChanges(history) })
    return beside(visit, connection, receipts)
  })
}

/** The host beside the newest generation: the inventory is not asked. */
async function beside(
  visit: Visit,
  connection: Connection,
  receipts: readonly KeptReceipt[],
): Promise<HostResult> {
  const [newest] = receipts
  if (newest === undefined || newest.n === 0)
    return visit.result('unchanged', 'no-generation', 'mailfw has made no generation on the host yet')
  const { rules, first } = await readKept(visit, connection, [newest.n])
  const wanted = rules.get(newest.n) ?? {}
  if (wanted.v4 === undefined) return failed(visit, 'no-generation', lostPhrase(newest))
  const seen = await look(visit, connection, { wanted, ...firstOf(newest, first, { isExact: false }) })
  if (seen.kind === 'objection') return objected(visit, seen.objection)
  return seen.plan.isEmpty
    ? visit.result('unchanged', 'as-wanted', `live and saved rules are those of generation ${newest.n}`)
    : wouldChange(visit, seen.plan, seen.examination)
}

function withChanges({ receipts, rules }: History): readonly Generation[] {
  return receipts.map((receipt, index) => {
    const before = receipts[index + 1]
    const generation = generationFrom(receipt)
    return before === undefined
      ? generation
      : { ...generation, ...changesBetween(rules, before.n, receipt.n) }
  })
}

/** One entry: the later one, with what it changed against the earlier. */
function compared(
  { receipts, rules }: History,
  [from, to]: readonly [number, number],
): readonly Generation[] {
  return receipts
    .filter(({ n }) => n === to)
    .map((receipt) => ({ ...generationFrom(receipt), ...changesBetween(rules, from, to) }))
}

function changesBetween(
  rules: History['rules'],
  from: number,
  to: number,
): Pick<Generation, 'changes' | 'against'> {
  const changes: Partial<Record<Family, readonly string[]>> = {}
  for (const family of FAMILIES) {
    const [before, after] = [rules.get(from)?.[family], rules.get(to)?.[family]]
    // A family that was off is left as it is.
    if (after !== undefined) changes[family] = linesBetween(before ?? '', after)
  }
  return { changes, against: from }
}
