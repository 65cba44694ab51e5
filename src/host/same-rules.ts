import { FAMILIES, otherFamily } from '../model/family.ts'
import type { Wanted } from '../model/host.ts'
import type { Code } from '../model/outcome.ts'
import type { FamilyTexts } from '../remote/attempt.ts'
import type { Examination } from '../remote/examine.ts'
import type { KnownAttempt } from '../remote/status.ts'
import { normalForm } from '../ruleset/normal-form.ts'
import { parseRuleset } from '../ruleset/parse.ts'
import { factsOfTexts, tablesOf } from './facts.ts'
import type { Plan } from './plan.ts'

/**
 * Why a pending attempt must not be confirmed as what this inventory wants: what is live is not what the attempt
 * applied, it is not wanted, or the attempt changed what this inventory does not speak of. Nothing, where all is one.
 */
export function unlike(
  attempt: KnownAttempt,
  { plan, examination }: { readonly plan: Plan; readonly examination: Examination },
  wanted: Wanted,
): { readonly code: Code; readonly sentence: string } | undefined {
  if (plan.cannotCompare) {
    return {
      code: 'cannot-compare',
      sentence: `the host allows no scratch namespace, so nobody can tell whether attempt ${attempt.id} is what the inventory says`,
    }
  }
  if (appliedNow(attempt, examination) !== attempt.applied) {
    return {
      code: 'live-changed',
      sentence: `somebody changed the live rules after attempt ${attempt.id} was applied`,
    }
  }
  const others = otherTables(attempt, examination, wanted)
  const isWanted = FAMILIES.every((family) => (plan.forward[family] ?? '') === '')
  if (!isWanted || others.length > 0 || plan.families.join(' ') !== attempt.families.join(' ')) {
    return {
      code: 'other-rules',
      sentence: `attempt ${attempt.id} was made of other rules than the inventory has now`,
    }
  }
  return undefined
}

/** Tables that the attempt touched and neither wanted nor our last generation names: they would be live and never saved. */
function otherTables(attempt: KnownAttempt, examination: Examination, wanted: Wanted): readonly string[] {
  return FAMILIES.flatMap((family) => {
    const examined = examination.families[family]
    if (examined === undefined) return []
    const named = [wanted[family], examined.former].flatMap((text) =>
      parseRuleset(text).map((table) => table.name),
    )
    return tablesOf(attempt, family).filter(
      (table) =>
        !named.includes(table) &&
        normalForm(examined.live, { tables: [table], foreign: attempt.foreign }) !== '',
    )
  })
}

/** As host.sh computed it when it had applied the attempt. */
function appliedNow(attempt: KnownAttempt, { families }: Examination): string {
  const texts = FAMILIES.flatMap((family) => {
    const examined = families[family]
    if (examined === undefined) return []
    const other = `${examined.otherBackend}\n`
    return [
      [family, examined.live],
      [otherFamily(family, examined.backend), other],
    ]
  })
  return factsOfTexts(Object.fromEntries(texts) as FamilyTexts, attempt).sum
}
