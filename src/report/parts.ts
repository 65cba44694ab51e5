import type { Family } from '../model/family.ts'
import { FAMILY } from '../model/family.ts'
import type { Cause, Difference, FamilyState } from '../model/outcome.ts'
import { CAUSES } from '../model/outcome.ts'

/** What is to be told of live or saved, or of both where the same lines differ. */
export interface Part {
  /** `IPv4 live` */
  readonly subject: string
  readonly kind: 'one' | 'both' | 'absent' | 'cannot-compare'
  /** Where it is about the saved file. */
  readonly savedPath?: string
  /** Those that the differences have, in a fixed order. */
  readonly causes: readonly Cause[]
  /** The differences that are worth a line. */
  readonly shown: readonly Difference[]
}

/** What differs in one family; nothing where all is as wanted. */
export function partsOf(family: Family, state: FamilyState): readonly Part[] {
  const { live = 'as-wanted', saved = 'as-wanted', savedPath = 'the saved file', differences = [] } = state
  const { label } = FAMILY[family]
  const inLive = differences.filter((difference) => difference.in === 'live')
  const inSaved = differences.filter((difference) => difference.in === 'saved')
  if (live === 'differs' && saved === 'differs' && linesOf(inLive) === linesOf(inSaved))
    return [{ ...part(`${label} live and saved`, 'both', inLive), savedPath }]
  const ofSaved = part(`${label} saved`, saved === 'absent' ? saved : 'one', inSaved)
  return [
    ...(live === 'as-wanted' ? [] : [part(`${label} live`, live === 'differs' ? 'one' : live, inLive)]),
    ...(saved === 'differs' ? [{ ...ofSaved, savedPath }] : []),
    // That all of a file is missing needs no list of what is.
    ...(saved === 'absent' ? [{ ...ofSaved, savedPath, shown: [] }] : []),
  ]
}

function part(subject: string, kind: Part['kind'], shown: readonly Difference[]): Part {
  const causes = CAUSES.filter((cause) => shown.some((difference) => difference.cause === cause))
  return { subject, kind, causes, shown }
}

function linesOf(differences: readonly Difference[]): string {
  return differences.map(({ table, line, cause }) => `${table} ${cause} ${line}\n`).join('')
}
