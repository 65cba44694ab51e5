import type { Family, OtherFamily } from '../../model/family.ts'
import { FAMILIES, otherFamily, OTHER_FAMILY } from '../../model/family.ts'
import type { Difference } from '../../model/outcome.ts'
import type { FamilyTexts } from '../../remote/attempt.ts'
import type { Examination, FamilyExamination } from '../../remote/examine.ts'
import { blankTables } from '../../ruleset/blank.ts'
import { normalForm } from '../../ruleset/normal-form.ts'
import type { Ruleset } from '../../ruleset/parse.ts'
import { parseRuleset, ruleLine } from '../../ruleset/parse.ts'
import type { Transaction } from '../../ruleset/transaction.ts'
import { makeTransaction } from '../../ruleset/transaction.ts'
import { nativeLine } from '../inspect/native-rules.ts'
import type { Origin } from '../origin.ts'

/** What has to change in the backend that the commands of a family do not speak to. */
export interface OtherPlan {
  readonly family: OtherFamily
  readonly of: Family
  readonly transaction: Transaction
  readonly examined: string
  readonly differences: readonly Difference[]
}

export interface OtherInput {
  readonly examination: Examination
  readonly foreign: string
  readonly origin: Origin
  /** `nothing`: policies that accept, and only rules of other programs; else those of a generation. */
  readonly wanted: 'nothing' | FamilyTexts
}

/** Throws RulesetError if a text cannot be understood. */
export function planOthers({ examination, foreign, origin, wanted }: OtherInput): readonly OtherPlan[] {
  return FAMILIES.flatMap((of) => {
    const examined = examination.families[of]
    if (examined === undefined) return []
    const family = otherFamily(of, examined.backend)
    const live = parseRuleset(`${examined.otherBackend}\n`)
    const text = wanted === 'nothing' ? blankTables(live.map(({ name }) => name)) : wanted[family]
    if (text === undefined) return []
    const transaction = withoutFlush(transactionOf(examined, text, foreign), examined, live)
    if (transaction.forward === '') return []
    const { tables } = transaction
    return [
      {
        family,
        of,
        transaction,
        examined: normalForm(`${examined.otherBackend}\n`, { tables, foreign }),
        differences: differencesIn(OTHER_FAMILY[family].command, transaction, { live, foreign, origin }),
      },
    ]
  })
}

function transactionOf(examined: FamilyExamination, wanted: string, foreign: string): Transaction {
  return makeTransaction({
    live: `${examined.otherBackend}\n`,
    wanted,
    canonical: wanted,
    former: '',
    foreign,
    spelling: examined.otherSpelling,
    native: examined.otherNative.map(nativeLine),
  })
}

/** A chain that goes is emptied rule by rule: what another program adds meanwhile is not lost. */
function withoutFlush(
  transaction: Transaction,
  { otherSpelling }: FamilyExamination,
  live: Ruleset,
): Transaction {
  let table = ''
  const forward = transaction.forward.split('\n').flatMap((line) => {
    if (line.startsWith('*')) table = line.slice(1)
    if (!line.startsWith('-F ')) return [line]
    const name = line.slice(3)
    const rules = live.find((each) => each.name === table)?.chains.find((chain) => chain.name === name)?.rules
    const spelled = rules?.map((rule) => otherSpelling({ table, chain: name, rule }))
    return spelled?.every((rule) => rule !== undefined) === true
      ? spelled.map((rule) => ruleLine(name, rule, '-D'))
      : [line]
  })
  return { ...transaction, forward: forward.join('\n') }
}

/** Behind the name of the table stands whose it is; rules of other programs that stay are remarks. */
function differencesIn(
  command: string,
  { changes, tables }: Transaction,
  { live, foreign, origin }: { live: Ruleset; foreign: string; origin: Origin },
): readonly Difference[] {
  const pattern = new RegExp(foreign)
  return tables.flatMap((name) => {
    const table = `${name} of ${command}`
    const chains = live.find((each) => each.name === name)?.chains ?? []
    const stays = chains
      .filter(({ policy }) => policy !== undefined)
      .flatMap((chain) => chain.rules.map((rule) => ruleLine(chain.name, rule)))
      .filter((line) => pattern.test(line))
      .map(
        (line) =>
          ({ in: 'live', table, line: `# stays there, of another program: ${line}`, cause: origin }) as const,
      )
    const changed = changes
      .filter((change) => change.table === name)
      .map(({ line }) => ({ in: 'live', table, line, cause: origin }) as const)
    return [...changed, ...stays]
  })
}
