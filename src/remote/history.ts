import type { Family, OtherFamily } from '../model/family.ts'
import { FAMILIES, perFamily } from '../model/family.ts'
import type { Connection } from '../model/transport.ts'
import type { FamilyTexts } from './attempt.ts'
import type { Answer } from './answer.ts'
import type { CallOptions } from './call.ts'
import { call } from './call.ts'
import type { KeptReceipt } from './receipts.ts'
import { receiptsOf } from './receipts.ts'

/** The generations that a host keeps, newest first. */
export interface History {
  readonly receipts: readonly KeptReceipt[]
  /** The tables that generations of ours name, such as `nat`; generation 0 does not count. */
  readonly tables: Readonly<Record<Family, readonly string[]>>
  /** Their rules, of those that were asked for. A family that was off then has none. */
  readonly rules: ReadonlyMap<number, FamilyTexts>
  readonly first: FirstFound
}

/** What was there before mailfw. */
export interface FirstFound {
  /** The saved files; a family that is absent had none. */
  readonly saved: FamilyTexts
  /** As iptables-save printed it, with the rules of other programs. Only if rules of generations were asked for. */
  readonly live: FamilyTexts
}

export interface HistoryRequest {
  /** Which generations to send the rules of. */
  readonly of: 'all' | readonly number[]
  /** As they were rendered, or as the host's iptables printed them. Those of generation 0 are as it printed them. */
  readonly spelling: 'rendered' | 'canonical'
}

/** Changes nothing on the host. */
export async function readHistory(
  connection: Connection,
  { of, spelling }: HistoryRequest,
  options: CallOptions,
): Promise<History> {
  const answer = await call(
    connection,
    'history',
    {
      values: [
        ['families', FAMILIES.join(' ')],
        ['generations', of === 'all' ? 'all' : of.join(' ')],
        ['kind', spelling === 'rendered' ? 'rules' : 'canonical'],
      ],
    },
    options,
  )
  const rules = new Map<number, FamilyTexts>()
  for (const [name, text] of answer.texts) {
    const [, n, family] = /^rules-(\d{1,9})-([vnl][46])$/.exec(name) ?? []
    if (n === undefined) continue
    rules.set(Number(n), { ...rules.get(Number(n)), [family as Family | OtherFamily]: withNewline(text) })
  }
  const tables = perFamily((family) =>
    answer.lines.flatMap(([word, of, name]) => (word === 'ours' && of === family && name ? [name] : [])),
  )
  return {
    receipts: receiptsOf(answer),
    tables,
    rules,
    first: { saved: firstOf(answer, 'saved'), live: firstOf(answer, 'live') },
  }
}

function firstOf({ texts }: Answer, what: keyof FirstFound): FamilyTexts {
  return Object.fromEntries(
    FAMILIES.flatMap((family) => {
      const text = texts.get(`first-${what}-${family}`)
      return text === undefined ? [] : [[family, text]]
    }),
  )
}

/** One of canonical text that was kept without. */
function withNewline(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}
