import { printable } from '../../lib/printable.ts'
import type { Family } from '../../model/family.ts'
import { FAMILIES, FAMILY } from '../../model/family.ts'
import type { Wanted } from '../../model/host.ts'
import type { Finding } from '../../model/outcome.ts'
import type { Examination, FamilyExamination } from '../../remote/examine.ts'
import { normalForm } from '../../ruleset/normal-form.ts'
import { parseRuleset, RulesetError } from '../../ruleset/parse.ts'
import { splitSaved, tablesOfOurs } from '../../ruleset/saved-file/sections.ts'
import type { SavedSections, Unsplit } from '../../ruleset/saved-file/sections.ts'

/** Why a saved file keeps a host from being changed. */
export interface SavedObjection {
  readonly code: 'saved-not-carried' | 'saved-other-table'
  readonly message: string
}

/** What a saved file has of tables that are not ours, and that are left to their owners. */
function sectionsOf(
  { saved, former }: FamilyExamination,
  wanted: string,
): SavedSections | Unsplit | undefined {
  return saved.kind === 'other' ? splitSaved(saved.text, tablesOfOurs(wanted, former)) : undefined
}

/** The saved file has other tables, which would be lost, for it cannot be taken apart. */
export function notCarried(
  family: Family,
  examined: FamilyExamination,
  wanted: string,
): SavedObjection | undefined {
  const sections = sectionsOf(examined, wanted)
  if (sections === undefined || 'own' in sections || sections.table === undefined) return undefined
  const { line, text, table } = sections
  const at = text === '' ? `it ends in line ${line} without a COMMIT` : `line ${line} is "${quoted(text)}"`
  return {
    code: 'saved-not-carried',
    message: `${path(examined)} has rules of the table ${table}, which are not ours, and cannot be taken apart into sections: ${at}; a change would leave our ${FAMILY[family].label} rules alone in it`,
  }
}

/** What is carried keeps the whole file from being loaded: ours too. */
export function refusedWhole(examined: FamilyExamination, wanted: string): SavedObjection | undefined {
  const sections = sectionsOf(examined, wanted)
  if (examined.whole?.kind !== 'refused' || sections === undefined || !('own' in sections)) return undefined
  const { table, line, message } = examined.whole
  if (table !== '' && !sections.others.has(table)) return undefined
  const tables =
    table === '' ? [...sections.others.keys()].map((name) => `*${name}`).join(' and ') : `*${table}`
  const what = line === '' || line === 'COMMIT' ? '' : ` of "${quoted(line)}"`
  return {
    code: 'saved-other-table',
    message: `${tables} in ${path(examined)} cannot be loaded at boot, and then our rules are not either: "${quoted(message)}"${what}; fix it or take it out`,
  }
}

/** Tables that are not ours and in which live and saved differ, apart from rules that known programs make again. */
export function otherTablesNotSaved(
  { families }: Examination,
  wanted: Wanted,
  foreign: string,
): readonly Finding[] {
  return FAMILIES.flatMap((family) => {
    const examined = families[family]
    return examined === undefined ? [] : notSavedIn(family, examined, wanted[family], foreign)
  })
}

function notSavedIn(
  family: Family,
  examined: FamilyExamination,
  wanted: string,
  foreign: string,
): readonly Finding[] {
  const sections = sectionsOf(examined, wanted)
  if (sections !== undefined && !('own' in sections)) return []
  const carried = [...(sections?.others.keys() ?? [])]
  // Only what this iptables prints can be compared with what it prints of live.
  if (carried.length > 0 && examined.whole?.kind !== 'loads') return []
  const saved = examined.whole?.kind === 'loads' ? examined.whole.text : ''
  const own = tablesOfOurs(wanted, examined.former)
  const differing = othersIn(examined.live, saved, own).filter(
    (table) =>
      normalForm(examined.live, { tables: [table], foreign }) !==
      normalForm(carried.includes(table) ? saved : '', { tables: [table], foreign }),
  )
  if (differing.length === 0) return []
  const tables = differing.join(' and ')
  return [
    {
      code: 'other-table-not-saved',
      severity: 'warning',
      message: `the ${FAMILY[family].label} table ${tables} is not ours, and live has other rules there than ${path(examined)}: at a reboot they become those of the file`,
    },
  ]
}

function othersIn(live: string, saved: string, own: ReadonlySet<string>): readonly string[] {
  try {
    const names = [live, saved].flatMap((text) => parseRuleset(text).map(({ name }) => name))
    return [...new Set(names)].filter((name) => !own.has(name))
  } catch (error) {
    if (error instanceof RulesetError) return []
    throw error
  }
}

function path({ savedPath }: FamilyExamination): string {
  return printable(savedPath, { most: 200 })
}

function quoted(text: string): string {
  return printable(text.trim().split('\n')[0] ?? '', { most: 200 })
}
