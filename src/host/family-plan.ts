import { rememberFor, rememberRecent } from '../lib/recent.ts'
import { withoutComments } from '../lib/without-comments.ts'
import type { Family } from '../model/family.ts'
import type { Difference, FamilyState } from '../model/outcome.ts'
import type { FamilyExamination } from '../remote/examine.ts'
import { normalForm } from '../ruleset/normal-form.ts'
import { RulesetError } from '../ruleset/parse.ts'
import { nativeLine } from './inspect/native-rules.ts'
import { withoutCounters } from '../ruleset/same-text.ts'
import { ownPart, tablesOfOurs } from '../ruleset/saved-file/sections.ts'
import type { Transaction } from '../ruleset/transaction.ts'
import { makeTransaction } from '../ruleset/transaction.ts'
import { differencesOf } from './differences.ts'
import type { FirstOfFamily } from './going-back/first-saved.ts'
import type { Origin } from './origin.ts'

/** What has to change in one family of a host. */
export interface FamilyPlan {
  readonly family: Family
  readonly transaction: Transaction
  readonly examined: string
  readonly canonical: string
  readonly state: FamilyState
}

export interface FamilyInput {
  readonly family: Family
  readonly wanted: string
  readonly examined: FamilyExamination
  readonly foreign: string
  readonly origin: Origin
  /** The last boot did not load what was saved. */
  readonly isNotLoaded: boolean
  /** What the receipt of our last generation notes. */
  readonly stood: readonly string[]
  /** Of what was there before mailfw: the saved file, live and whether the file has to be the same byte for byte. */
  readonly first?: FirstOfFamily
}

/**
 * A pure function of the examination. Throws RulesetError where a text cannot be understood. Most hosts of a fleet read as
 * another one of it does: for those the plan is made once.
 */
export function planFamily(input: FamilyInput): FamilyPlan {
  const { examined } = input
  if (input.first !== undefined || examined.wanted.kind !== 'canonical') return newPlan(input)
  try {
    const plan = plannerFor(examined.spelling)(JSON.stringify(withoutNoise(input, examined.wanted.text)))
    return { ...plan, canonical: examined.wanted.text }
  } catch (error) {
    // It names lines of what the host printed
    if (error instanceof RulesetError) return newPlan(input)
    throw error
  }
}

const plannerFor = rememberFor((spelling: FamilyExamination['spelling']) =>
  rememberRecent((text) => {
    const { examined, ...input } = JSON.parse(text) as FamilyInput
    return newPlan({ ...input, examined: { ...examined, spelling } })
  }, 32),
)

/** What a plan does not depend on, and tells hosts apart. */
function withoutNoise(input: FamilyInput, canonical: string): FamilyInput {
  const { examined, wanted } = input
  return {
    ...input,
    wanted: examined.saved.kind === 'other' ? wanted : withoutComments(wanted),
    examined: {
      ...examined,
      savedSum: '',
      ...(examined.whole && { whole: { kind: 'loads', text: '' } }),
      live: withoutCounters(examined.live),
      wanted: { kind: 'canonical', text: withoutCounters(canonical) },
      former: withoutCounters(examined.former),
    },
  }
}

function newPlan(input: FamilyInput): FamilyPlan {
  const { family, wanted, examined, foreign, origin } = input
  const canonical = examined.wanted.kind === 'canonical' ? examined.wanted.text : wanted
  const transaction = makeTransaction({
    live: examined.live,
    wanted,
    canonical,
    former: examined.former,
    confirmed: examined.wantedIsGeneration ? canonical : examined.former,
    foreign,
    around: input.first?.live,
    stood: input.stood,
    spelling: examined.spelling,
    isExact: examined.isExact,
    native: examined.native.map(nativeLine),
  })
  const own = tablesOfOurs(canonical, examined.former)
  const saved = savedText(examined, wanted)
  const differences = differencesOf(examined, {
    saved: saved === undefined ? saved : ownPart(saved, own),
    boot: input.first
      ? { kind: 'first', ...input.first, whole: saved, own }
      : { kind: 'wanted', written: wanted, printed: canonical },
    live: transaction.changes,
    origin,
    isNotLoaded: input.isNotLoaded,
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
      saved: savedState(examined, differences),
      savedPath: examined.savedPath,
      differences,
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

function savedState(
  { saved }: FamilyExamination,
  differences: readonly Difference[],
): 'as-wanted' | 'differs' | 'absent' {
  if (!differences.some((difference) => difference.in === 'saved')) return 'as-wanted'
  return saved.kind === 'absent' ? 'absent' : 'differs'
}

/** Absent: there is none. */
function savedText({ saved }: FamilyExamination, wanted: string): string | undefined {
  switch (saved.kind) {
    case 'same':
      return wanted
    case 'absent':
      return undefined
    case 'other':
      return saved.text
  }
}
