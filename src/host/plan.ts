import type { Family } from '../model/family.ts'
import { FAMILIES } from '../model/family.ts'
import type { Host, Wanted } from '../model/host.ts'
import type { FamilyState } from '../model/outcome.ts'
import { blankTables } from '../ruleset/blank.ts'
import { foreignPattern } from '../ruleset/foreign.ts'
import { normalForm } from '../ruleset/normal-form.ts'
import type { Ruleset } from '../ruleset/parse.ts'
import { formatRuleset, parseRuleset, RulesetError } from '../ruleset/parse.ts'
import type { Transaction } from '../ruleset/transaction.ts'
import { makeTransaction } from '../ruleset/transaction.ts'
import type { Facts, FamilyTexts } from '../remote/attempt.ts'
import type { Examination, FamilyExamination } from '../remote/examine.ts'
import { factsOf } from './facts.ts'

/** What has to change on one host so that live and saved become wanted: a pure function of the examination. */
export interface Plan {
  /** The families that are on at the host. */
  readonly families: readonly Family[]
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
  /** For the report. A family that is off is `null`. */
  readonly states: Readonly<Record<Family, FamilyState | null>>
}

/** Throws RulesetError where a text cannot be understood. Wanted was accepted by the host, where it could be asked. */
export function makePlan(host: Host, wanted: Wanted, examination: Examination): Plan {
  const foreign = foreignPattern(host.settings.preserve)
  const parts = FAMILIES.flatMap((family) => {
    const examined = examination.families[family]
    return examined === undefined ? [] : [planFamily(family, wanted[family], examined, foreign)]
  })
  const cannotCompare = parts.some((part) => part.state.live === 'cannot-compare')
  return {
    families: parts.map((part) => part.family),
    isEmpty: parts.every((part) => part.transaction.forward === '' && part.state.saved === 'as-wanted'),
    cannotCompare,
    foreign,
    tables: parts.flatMap((part) => part.transaction.tables.map((table) => `${part.family}:${table}`)),
    examined: factsOf(parts.map((part) => [part.family, part.examined])).text,
    expected: cannotCompare ? 'any' : factsOf(parts.map((part) => [part.family, part.transaction.expected])),
    forward: byFamily(parts, (part) => part.transaction.forward),
    inverse: byFamily(parts, (part) => part.transaction.inverse),
    blank: byFamily(parts, (part) => blankTables(part.transaction.tables)),
    claimed: byFamily(parts, (part) => part.transaction.claimed),
    canonical: byFamily(parts, (part) => part.canonical),
    states: {
      v4: parts.find((part) => part.family === 'v4')?.state ?? null,
      v6: parts.find((part) => part.family === 'v6')?.state ?? null,
    },
  }
}

/**
 * The canonical text where no scratch namespace is allowed: what live reads after the change, our tables without
 * foreign lines.
 */
export function canonicalFromLive(live: string, wanted: string, foreign: string): string {
  const pattern = new RegExp(foreign)
  const tables = parseRuleset(wanted).map((table) => table.name)
  const ours: Ruleset = parseRuleset(live)
    .filter((table) => tables.includes(table.name))
    .map((table) => ({
      name: table.name,
      chains: table.chains
        .filter((chain) => !pattern.test(`:${chain.name} ${chain.policy ?? '-'}`))
        .map((chain) => ({
          ...chain,
          rules: chain.rules.filter((rule) => !pattern.test(`-A ${chain.name} ${rule}`)),
        })),
    }))
  return formatRuleset(ours)
}

interface FamilyPlan {
  readonly family: Family
  readonly transaction: Transaction
  readonly examined: string
  readonly canonical: string
  readonly state: FamilyState
}

function planFamily(
  family: Family,
  wanted: string,
  examined: FamilyExamination,
  foreign: string,
): FamilyPlan {
  const canonical = examined.wanted.kind === 'canonical' ? examined.wanted.text : wanted
  const transaction = makeTransaction({
    live: examined.live,
    wanted,
    canonical,
    former: examined.former,
    foreign,
    spelling: examined.spelling,
  })
  return {
    family,
    transaction,
    examined:
      transaction.tables.length === 0
        ? ''
        : normalForm(examined.live, { tables: transaction.tables, foreign }),
    canonical,
    state: {
      live: liveState(examined, transaction),
      saved: savedState(examined, [wanted, canonical]),
      savedPath: examined.savedPath,
      diff: transaction.diff,
    },
  }
}

function liveState(
  examined: FamilyExamination,
  transaction: Transaction,
): 'as-wanted' | 'differs' | 'cannot-compare' {
  if (transaction.forward === '') return 'as-wanted'
  return examined.wanted.kind === 'no-scratch' ? 'cannot-compare' : 'differs'
}

/** Byte for byte, and where that differs by rules: a comment is no drift, nor is the spelling of iptables-save. */
function savedState(
  { saved }: FamilyExamination,
  spellings: readonly string[],
): 'as-wanted' | 'differs' | 'absent' {
  if (saved.kind === 'same') return 'as-wanted'
  if (saved.kind === 'absent') return 'absent'
  return spellings.some((text) => isSameRuleset(saved.text, text)) ? 'as-wanted' : 'differs'
}

function isSameRuleset(a: string, b: string): boolean {
  try {
    const tables = [a, b].flatMap((text) => parseRuleset(text).map((table) => table.name))
    const [first, second] = [a, b].map((text) => normalForm(text, { tables, foreign: NO_LINE }))
    return first === second
  } catch (error) {
    if (error instanceof RulesetError) return false
    throw error
  }
}

/** Foreign rules have no place in a saved file. */
const NO_LINE = '^$'

function byFamily(parts: readonly FamilyPlan[], value: (part: FamilyPlan) => string): FamilyTexts {
  return Object.fromEntries(parts.map((part) => [part.family, value(part)]))
}
