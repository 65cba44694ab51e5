import type { Family } from '../model/family.ts'
import { FAMILY, FAMILIES } from '../model/family.ts'
import type { Cause, Difference, FamilyState } from '../model/outcome.ts'
import { CAUSES } from '../model/outcome.ts'
import type { Plan } from './plan.ts'

/**
 * "live IPv4 and saved IPv4 rules differ: changed on the host", and what differs for another cause behind a semicolon. Of a
 * host that was never deployed no cause is told.
 */
export function whatDiffers({ states }: Plan, generation: number | undefined): string {
  const parts = FAMILIES.flatMap((family) => partsOf(family, states[family]))
  const causes = [...new Set(parts.map((part) => part.causes))]
  return causes
    .map((each) => {
      const what = phrase(parts.filter((part) => part.causes === each))
      return generation === undefined || each === '' ? what : `${what}: ${each}`
    })
    .join('; ')
}

/** "changed on the host and the inventory changed": all causes of what a plan changes; empty where it changes nothing. */
export function causesOf({ states }: Plan): string {
  return causeWords(FAMILIES.flatMap((family) => states[family]?.differences ?? []))
}

interface Part {
  readonly name: string
  readonly isMissing: boolean
  /** In words. */
  readonly causes: string
}

function partsOf(family: Family, state: FamilyState | null): readonly Part[] {
  const { label } = FAMILY[family]
  const { live, saved, differences = [] } = state ?? {}
  const part = (where: Difference['in'], isMissing: boolean): Part => ({
    name: isMissing ? label : `${where} ${label}`,
    isMissing,
    causes: causeWords(differences.filter((difference) => difference.in === where)),
  })
  return [
    ...(live === 'differs' ? [part('live', false)] : []),
    ...(saved === 'differs' ? [part('saved', false)] : []),
    ...(saved === 'absent' ? [part('saved', true)] : []),
  ]
}

const CAUSE_WORDS: Readonly<Record<Exclude<Cause, 'not-loaded-at-boot'>, string>> = {
  host: 'on the host',
  inventory: 'in the inventory',
  'mailfw-version': 'by this version of mailfw',
  rollback: 'by the rollback',
}

function causeWords(differences: readonly Difference[]): string {
  const causes = new Set(differences.map(({ cause }) => cause))
  const words = CAUSES.flatMap((cause) =>
    cause !== 'not-loaded-at-boot' && causes.has(cause) ? [CAUSE_WORDS[cause]] : [],
  )
  return [
    ...(causes.has('not-loaded-at-boot') ? ['not loaded at boot'] : []),
    ...(words.length === 0 ? [] : [`changed ${and(words)}`]),
  ].join(', and ')
}

function phrase(parts: readonly Part[]): string {
  const names = (isMissing: boolean): readonly string[] =>
    parts.filter((part) => part.isMissing === isMissing).map((part) => part.name)
  const [differing, missing] = [names(false), names(true)]
  return and([
    ...(differing.length === 0 ? [] : [`${and(differing)} rules differ`]),
    ...(missing.length === 0 ? [] : [`no ${missing.join(' or ')} rules are saved`]),
  ])
}

/** `a, b and c` */
function and(words: readonly string[]): string {
  const last = words.at(-1) ?? ''
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`
}
