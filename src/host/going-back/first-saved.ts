import type { LineChange } from '../../ruleset/chain-edits.ts'
import { RulesetError } from '../../ruleset/parse.ts'
import type { Spelled } from '../../ruleset/saved.ts'
import { ownPart, splitSaved } from '../../ruleset/saved-file/sections.ts'

/** What a family had before mailfw. */
export interface FirstOfFamily {
  /** The saved file, whatever is in it; absent: there was none. */
  readonly saved: string | undefined
  /** As iptables-save printed it, with the rules of other programs. */
  readonly live: string | undefined
  /** Whether the saved file has to be that byte for byte, with the sections of other tables. */
  readonly isExact: boolean
}

export interface FirstSaved extends FirstOfFamily {
  /** The saved file as it is; absent: there is none. */
  readonly whole: string | undefined
  /** The tables that are ours. */
  readonly own: ReadonlySet<string>
}

/** What a saved file has to lose and get to be as it was: remarks if that is not rules of ours, or cannot be read. */
export function changesToFirst(
  first: FirstSaved,
  ofOurs: (first: Spelled) => readonly LineChange[],
): readonly LineChange[] {
  const { saved, whole, own, isExact } = first
  if (saved === whole) return []
  const ours = readOurs(ownPart(saved ?? '', own), ofOurs)
  if (ours === undefined) return [bytes('')]
  if (!isExact) return ours
  const tables = changedTables(first)
  if (tables === undefined) return [...ours, bytes('')]
  const changes = [...ours, ...tables.map((table) => bytes(table))]
  return changes.length === 0 ? [bytes('')] : changes
}

/** Tables that are not ours and whose sections are not as they were; `undefined`: a file cannot be taken apart. */
export function changedTables({
  saved,
  whole,
  own,
}: Pick<FirstSaved, 'saved' | 'whole' | 'own'>): readonly string[] | undefined {
  const [then, now] = [saved, whole].map((text) => splitSaved(text ?? '', own))
  if (then === undefined || now === undefined || !('own' in then) || !('own' in now)) return undefined
  const names = [...new Set([...then.others.keys(), ...now.others.keys()])]
  return names.filter((name) => then.others.get(name) !== now.others.get(name))
}

function readOurs(
  text: string,
  ofOurs: (first: Spelled) => readonly LineChange[],
): readonly LineChange[] | undefined {
  try {
    return ofOurs({ written: text, printed: text })
  } catch (error) {
    if (error instanceof RulesetError) return undefined
    throw error
  }
}

function bytes(table: string): LineChange {
  const what = table === '' ? 'the file' : `the section *${table}`
  return { table, line: `# ${what} becomes what it was before mailfw, byte for byte`, by: 'wanted' }
}
