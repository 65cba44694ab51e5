import type { Family, OtherFamily } from '../model/family.ts'
import { FAMILIES, perFamily } from '../model/family.ts'
import type { Host, Wanted } from '../model/host.ts'
import type { FamilyState } from '../model/outcome.ts'
import { blankTables } from '../ruleset/blank.ts'
import { foreignPattern } from '../ruleset/foreign.ts'
import type { Chain, Ruleset } from '../ruleset/parse.ts'
import { formatRuleset, parseRuleset, ruleLine } from '../ruleset/parse.ts'
import type { Facts, FamilyTexts } from '../remote/attempt.ts'
import type { Examination } from '../remote/examine.ts'
import type { KeptReceipt } from '../remote/receipts.ts'
import { notLoadedAtBoot } from './boot/not-loaded.ts'
import { factsOf } from './facts.ts'
import type { FamilyPlan } from './family-plan.ts'
import { planFamily } from './family-plan.ts'
import type { First } from './goal.ts'
import type { OtherInput, OtherPlan } from './take-over/other-plan.ts'
import { planOthers } from './take-over/other-plan.ts'
import type { Origin } from './origin.ts'

/** What has to change on one host so that live and saved become wanted: a pure function of the examination. */
export interface Plan {
  /** The families that are on at the host. */
  readonly families: readonly Family[]
  /** What changes in the other backend. */
  readonly others: readonly OtherFamily[]
  readonly isEmpty: boolean
  /** No family could be compared with what this host makes of it: it is known only after the change. */
  readonly cannotCompare: boolean
  readonly foreign: string
  /** The tables that are touched, such as `v4:filter`. */
  readonly tables: readonly string[]
  /** The facts of those tables, before and after; see `ApplyRequest`. */
  readonly examined: string
  readonly expected: Facts | 'any'
  readonly forward: FamilyTexts
  readonly inverse: FamilyTexts
  readonly blank: FamilyTexts
  readonly claimed: FamilyTexts
  readonly canonical: FamilyTexts
  /** For the receipt: rules of other programs that wanted has too, as `FAMILY TABLE RULE`. */
  readonly stood: readonly string[]
  /** Of the saved files that were examined; see `ApplyRequest`. */
  readonly savedSums: FamilyTexts
  /** Rules of other programs that stand behind ours, as they are printed. */
  readonly misplaced: readonly string[]
  /** Rules of ours that cannot get their old places among those of other programs, as they are printed. */
  readonly unplaced: readonly string[]
  /** Rules of ours that no words delete, as they are printed. */
  readonly undeletable: readonly string[]
  /** Rules of nft's own that the change would not leave as they are, by family, as `TABLE LINE`. */
  readonly lostNative: Partial<Record<Family, readonly string[]>>
  /** The same of the other backend. */
  readonly otherLostNative: Partial<Record<Family, readonly string[]>>
  /** For the report. A family that is off is `null`. */
  readonly states: Readonly<Record<Family, FamilyState | null>>
}

export interface PlanInput {
  readonly host: Host
  readonly wanted: Wanted
  readonly examination: Examination
  /** Why something else may be wanted than was confirmed. */
  readonly origin: Origin
  readonly first?: First | undefined
  /** What the other backend shall have. Absent: it is left alone. */
  readonly other?: OtherInput['wanted'] | undefined
}

/** Throws RulesetError where a text cannot be understood. Wanted was accepted by the host, where it could be asked. */
export function makePlan({ host, wanted, examination, origin, first, other }: PlanInput): Plan {
  const foreign = foreignPattern(host.settings.preserve)
  const parts = FAMILIES.flatMap((family) => {
    const examined = examination.families[family]
    if (examined === undefined) return []
    const found = first && { saved: first.saved[family], live: first.live[family], isExact: first.isExact }
    return [
      planFamily({
        family,
        wanted: wanted[family],
        examined,
        foreign,
        origin,
        isNotLoaded: notLoadedAtBoot(examination, family),
        stood: stoodIn(examination.receipt, family),
        ...(found && { first: found }),
      }),
    ]
  })
  const others = other === undefined ? [] : planOthers({ examination, foreign, origin, wanted: other })
  const all = [...parts, ...others]
  const cannotCompare = parts.some((part) => part.state.live === 'cannot-compare')
  return {
    families: parts.map((part) => part.family),
    others: others.map((part) => part.family),
    isEmpty:
      others.length === 0 &&
      parts.every((part) => part.transaction.forward === '' && part.state.saved === 'as-wanted'),
    cannotCompare,
    foreign,
    tables: all.flatMap((part) => part.transaction.tables.map((table) => `${part.family}:${table}`)),
    examined: factsOf(all.map((part) => [part.family, part.examined])).text,
    expected: cannotCompare ? 'any' : factsOf(all.map((part) => [part.family, part.transaction.expected])),
    forward: byFamily(all, (part) => part.transaction.forward),
    inverse: byFamily(all, (part) => part.transaction.inverse),
    blank: byFamily(all, (part) => blankTables(part.transaction.tables)),
    claimed: byFamily(all, (part) => part.transaction.claimed),
    canonical: Object.fromEntries(parts.map((part) => [part.family, part.canonical])),
    stood: parts.flatMap(({ family, transaction }) => transaction.stood.map((line) => `${family} ${line}`)),
    savedSums: byFamily(parts, ({ family }) => examination.families[family]?.savedSum ?? ''),
    misplaced: parts.flatMap((part) => part.transaction.misplaced),
    unplaced: parts.flatMap((part) => part.transaction.unplaced),
    undeletable: all.flatMap((part) => part.transaction.undeletable),
    lostNative: Object.fromEntries(parts.map((part) => [part.family, part.transaction.lostNative])),
    otherLostNative: Object.fromEntries(others.map((part) => [part.of, part.transaction.lostNative])),
    states: perFamily((family) => stateOf(family, parts, others)),
  }
}

/**
 * The canonical text where no scratch namespace is allowed: what live reads after the change, our tables without what
 * other programs keep there.
 */
export function canonicalFromLive(live: string, wanted: string, foreign: string): string {
  const pattern = new RegExp(foreign)
  const read = parseRuleset(live)
  const ours: Ruleset = parseRuleset(wanted).flatMap(({ name, chains: written }) =>
    read
      .filter((table) => table.name === name)
      .map(({ chains }) => ({
        name,
        chains: chains.flatMap((chain) => {
          const count = written.find((each) => each.name === chain.name)?.rules.length
          if (chain.policy === undefined && count === undefined) return []
          return [{ ...chain, rules: behindForeign(chain, pattern, count ?? 0) }]
        }),
      })),
  )
  return formatRuleset(ours)
}

/** Our rules of a chain, at least as many as were written: foreign ones stand before them, and some of ours may look like those. */
function behindForeign({ name, rules }: Chain, foreign: RegExp, count: number): readonly string[] {
  const firstOurs = rules.findIndex((rule) => !foreign.test(ruleLine(name, rule)))
  return rules.slice(Math.min(firstOurs < 0 ? rules.length : firstOurs, Math.max(0, rules.length - count)))
}

function stoodIn(receipt: KeptReceipt | undefined, family: Family): readonly string[] {
  const prefix = `${family} `
  const lines = receipt?.stood ?? []
  return lines.flatMap((line) => (line.startsWith(prefix) ? [line.slice(prefix.length)] : []))
}

/** Both backends filter, so what changes in the other one is a change of live, too. */
function stateOf(
  family: Family,
  parts: readonly FamilyPlan[],
  others: readonly OtherPlan[],
): FamilyState | null {
  const state = parts.find((part) => part.family === family)?.state
  const other = others.find((part) => part.of === family)?.differences ?? []
  if (state === undefined || other.length === 0) return state ?? null
  const live = state.live === 'cannot-compare' ? state.live : 'differs'
  return { ...state, live, differences: [...other, ...(state.differences ?? [])] }
}

function byFamily<Part extends { readonly family: Family | OtherFamily }>(
  parts: readonly Part[],
  value: (part: Part) => string,
): FamilyTexts {
  return Object.fromEntries(parts.map((part) => [part.family, value(part)]))
}
