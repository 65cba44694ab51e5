import type { Difference } from '../model/outcome.ts'
import type { FamilyExamination } from '../remote/examine.ts'
import type { LineChange } from '../ruleset/chain-edits.ts'
import type { Spelled } from '../ruleset/saved.ts'
import { savedChanges } from '../ruleset/saved.ts'
import type { Origin } from './origin.ts'

/** What differs from wanted in one family, and why. `live`: what a transaction changes. */
export function differencesOf(
  examined: FamilyExamination,
  compared: { readonly wanted: Spelled; readonly live: readonly LineChange[]; readonly origin: Origin },
): readonly Difference[] {
  const { wanted, live, origin } = compared
  const difference =
    (where: Difference['in']) =>
    ({ table, line, by }: LineChange): Difference => ({
      in: where,
      table,
      line,
      cause: by === 'host' ? 'host' : origin,
    })
  return [...live.map(difference('live')), ...changesOfSaved(examined, wanted).map(difference('saved'))]
}

function changesOfSaved(examined: FamilyExamination, wanted: Spelled): readonly LineChange[] {
  const { saved } = examined
  if (saved.kind === 'same') return []
  return savedChanges({
    saved: saved.kind === 'absent' ? undefined : saved.text,
    wanted,
    confirmed: confirmedFile(examined, wanted),
  })
}

/** What the saved file was when it was confirmed; nothing where it still is that, or never was, so that all is newly wanted. */
function confirmedFile(examined: FamilyExamination, wanted: Spelled): Spelled | undefined {
  const { wantedIsGeneration, savedIsGeneration, generationRules, former } = examined
  if (savedIsGeneration) return undefined
  if (wantedIsGeneration) return wanted
  const written = generationRules ?? former
  return written === '' ? undefined : { written, printed: former === '' ? written : former }
}
