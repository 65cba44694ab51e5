import { printable } from '../../lib/printable.ts'
import type { Wanted } from '../../model/host.ts'
import { FAMILIES } from '../../model/family.ts'
import type { Finding } from '../../model/outcome.ts'
import type { FamilyExamination, Examination } from '../../remote/examine.ts'
import { tablesOfOurs } from '../../ruleset/saved-file/sections.ts'
import type { First } from '../goal.ts'
import { someOf } from '../some-of.ts'
import { changedTables } from './first-saved.ts'

/** `rules`: as they are printed. */
export function notInPlace(rules: readonly string[]): readonly Finding[] {
  return rules.length === 0
    ? []
    : [
        {
          code: 'not-in-its-place',
          severity: 'warning',
          message: `another program has moved its rules since, so these come back on the other side of one of them: ${someOf(rules)}`,
        },
      ]
}

/** What a rollback to the time before mailfw takes out of saved files, though it was never ours. */
export function sectionsGoBack(
  first: First | undefined,
  { families }: Examination,
  wanted: Wanted,
): readonly Finding[] {
  if (first?.isExact !== true) return []
  return FAMILIES.flatMap((family) => {
    const examined = families[family]
    if (examined === undefined) return []
    const saved = first.saved[family]
    const whole = wholeOf(examined)
    const own = tablesOfOurs(wanted[family], examined.former)
    const tables = changedTables({ saved, whole, own })
    if (saved === whole || tables?.length === 0) return []
    const what = tables === undefined ? 'all of it' : tables.map((table) => `*${table}`).join(' and ')
    return [
      {
        code: 'other-table-goes-back',
        severity: 'warning' as const,
        message: `${printable(examined.savedPath, { most: 200 })} becomes what it was before mailfw, ${what} included, which is not ours and differs today: the file of today is kept with the generation that this makes (saved-before.${family})`,
      },
    ]
  })
}

function wholeOf({ saved }: FamilyExamination): string | undefined {
  return saved.kind === 'other' ? saved.text : undefined
}
