import type { Family } from '../../model/family.ts'
import { FAMILY } from '../../model/family.ts'
import type { FamilyState } from '../../model/outcome.ts'

/** How a family stands: `IPv4: live differs, /etc/iptables/rules.v4 as wanted`; nothing of one that was never reached. */
export function familyText(family: Family, state: FamilyState | null | undefined): string | undefined {
  const { label } = FAMILY[family]
  if (state === null) return `${label}: off on the host`
  const { live, saved, savedPath = 'the saved file' } = state ?? {}
  const told = [
    ...(live === undefined ? [] : [LIVE[live]]),
    ...(saved === undefined ? [] : [`${savedPath} ${SAVED[saved]}`]),
  ]
  return told.length === 0 ? undefined : `${label}: ${told.join(', ')}`
}

const LIVE = {
  'as-wanted': 'live as wanted',
  differs: 'live differs',
  'cannot-compare': 'live cannot be compared before it is applied',
} as const

const SAVED = { 'as-wanted': 'as wanted', differs: 'differs', absent: 'is missing' } as const
