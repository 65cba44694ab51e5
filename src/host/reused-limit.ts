import type { FamilyExamination } from '../remote/examine.ts'
import { limitNames, reusedLimitNames } from '../ruleset/limits.ts'
import { isSameText } from '../ruleset/same-text.ts'

/** A limit whose parameters would change although its name stays: see `reusedLimitNames`. */
export function reusedLimitName(examined: FamilyExamination, wanted: string): string | undefined {
  const { live } = examined
  if (examined.wanted.kind === 'canonical') {
    const canonical = examined.wanted.text
    return isSameText(live, canonical) ? undefined : reusedLimitNames(live, canonical)[0]
  }
  const kept = asConfirmed(examined, wanted)
  return reusedLimitNames(live, wanted).find((name) => !kept.has(name))
}

/**
 * Limits that are live as they were confirmed, and that wanted has in the words in which they were confirmed: where wanted is known in
 * its own words only, others may be the same in other words.
 */
function asConfirmed(examined: FamilyExamination, wanted: string): ReadonlySet<string> {
  const written = writtenRules(examined, wanted)
  const changed = [...reusedLimitNames(written, wanted), ...reusedLimitNames(examined.live, examined.former)]
  return new Set(limitNames(written).filter((name) => !changed.includes(name)))
}

/** What the newest generation was rendered to. */
function writtenRules(examined: FamilyExamination, wanted: string): string {
  const { saved, savedIsGeneration, wantedIsGeneration, generationRules = '' } = examined
  if (wantedIsGeneration) return wanted
  return savedIsGeneration && saved.kind === 'other' ? saved.text : generationRules
}
