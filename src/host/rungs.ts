import { FAMILIES, FAMILY } from '../model/family.ts'
import type { Undone } from '../remote/attempt.ts'

/** By which rungs of the ladder the old rules came back, behind a blank and in brackets; empty if none was needed. */
export function rungsPhrase({ rungs }: Pick<Undone, 'rungs'>): string {
  const by = FAMILIES.flatMap((family) => {
    const rung = rungs[family]
    return rung === undefined ? [] : [`${FAMILY[family].label} by ${rung}`]
  })
  return by.length === 0 ? '' : ` (${by.join(', ')})`
}
