import { createHash } from 'node:crypto'
import type { Family, OtherFamily } from '../model/family.ts'
import { FAMILIES, OTHER_FAMILIES } from '../model/family.ts'
import type { Facts, FamilyTexts } from '../remote/attempt.ts'
import { normalForm } from '../ruleset/normal-form.ts'

/** What host.sh compares of an attempt. */
export interface Compared {
  /** The tables that it touches, such as `v4:filter`. */
  readonly tables: readonly string[]
  /** Its pattern of foreign lines. */
  readonly foreign: string
}

/** The facts of what iptables-save printed, as host.sh computes them. Throws RulesetError. */
export function factsOfTexts(texts: FamilyTexts, compared: Compared): Facts {
  return factsOf(
    [...OTHER_FAMILIES, ...FAMILIES].map((family) => [
      family,
      normalForm(texts[family] ?? '', { tables: tablesOf(compared, family), foreign: compared.foreign }),
    ]),
  )
}

/** The touched tables of one family, such as `filter`. */
export function tablesOf(
  { tables }: Pick<Compared, 'tables'>,
  family: Family | OtherFamily,
): readonly string[] {
  const prefix = `${family}:`
  return tables.filter((table) => table.startsWith(prefix)).map((table) => table.slice(prefix.length))
}

/** As host.sh computes it: the lines of all families, each behind its family. */
export function factsOf(normalForms: readonly (readonly [Family | OtherFamily, string])[]): Facts {
  const lines = normalForms
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([family, text]) =>
      text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => `${family} ${line}\n`),
    )
  const text = lines.join('')
  return { text, sum: createHash('sha256').update(text).digest('hex') }
}
