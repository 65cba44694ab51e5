import type { Difference } from '../model/outcome.ts'
import type { FamilyExamination } from '../remote/examine.ts'
import type { LineChange } from '../ruleset/chain-edits.ts'
import type { Spelled } from '../ruleset/saved.ts'
import { savedChanges } from '../ruleset/saved.ts'
import type { FirstSaved } from './going-back/first-saved.ts'
import { changesToFirst } from './going-back/first-saved.ts'
import type { Origin } from './origin.ts'

/**
 * What differs from wanted in one family, and why. `live`: what a transaction changes; `saved`, `boot`: what the saved file is
 * and what it shall be.
 */
export function differencesOf(
  examined: FamilyExamination,
  compared: {
    readonly saved: string | undefined
    readonly boot: ({ readonly kind: 'wanted' } & Spelled) | ({ readonly kind: 'first' } & FirstSaved)
    readonly live: readonly LineChange[]
    readonly origin: Origin
    /** No rule of ours is live since the host has booted. */
    readonly isNotLoaded: boolean
  },
): readonly Difference[] {
  const { saved, boot, live, origin, isNotLoaded } = compared
  const difference =
    (where: Difference['in']) =>
    ({ table, line, by }: LineChange): Difference => ({
      in: where,
      table,
      line,
      cause: by !== 'host' ? origin : isNotLoaded && where === 'live' ? 'not-loaded-at-boot' : 'host',
    })
  return [...live.map(difference('live')), ...changesOfBoot(examined, saved, boot).map(difference('saved'))]
}

function changesOfBoot(
  examined: FamilyExamination,
  saved: string | undefined,
  boot: Parameters<typeof differencesOf>[1]['boot'],
): readonly LineChange[] {
  if (boot.kind === 'wanted') return changesOfSaved(examined, saved, boot)
  return changesToFirst(boot, (first) => changesOfSaved(examined, saved, first))
}

function changesOfSaved(
  examined: FamilyExamination,
  saved: string | undefined,
  wanted: Spelled,
): readonly LineChange[] {
  return saved === wanted.written
    ? []
    : savedChanges({ saved, wanted, confirmed: confirmedFile(examined, wanted) })
}

/** What the saved file was when it was confirmed; nothing where it still is that, or never was, so that all is newly wanted. */
function confirmedFile(examined: FamilyExamination, wanted: Spelled): Spelled | undefined {
  const { wantedIsGeneration, savedIsGeneration, generationRules, former } = examined
  if (savedIsGeneration) return undefined
  if (wantedIsGeneration) return wanted
  const written = generationRules ?? former
  return written === '' ? undefined : { written, printed: former === '' ? written : former }
}
