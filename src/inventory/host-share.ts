import type { HostShare } from '../model/rollout.ts'

const MOST_HOSTS = 1_000_000

/** What is expected where these are read. */
export const HOST_SHARE = 'a number of hosts or a percentage, such as 2 or 5%'
export const HOST_SHARES = 'numbers of hosts or percentages, such as 1,10%,100%'

/** Reads `5` or `10%`; at least `least` of either. Absent where the text is neither. */
export function hostShare(text: string, least: 0 | 1): HostShare | undefined {
  const [, digits, percent] = /^([0-9]{1,7})(%?)$/.exec(text) ?? []
  if (digits === undefined) return undefined
  const number = Number(digits)
  if (number < least || number > (percent === '%' ? 100 : MOST_HOSTS)) return undefined
  return percent === '%' ? { kind: 'percent', percent: number } : { kind: 'hosts', count: number }
}

/** Reads `1,10%,100%`. Absent where one of them is none. */
export function hostShares(text: string): readonly [HostShare, ...HostShare[]] | undefined {
  const shares = text.split(',').map((each) => hostShare(each.trim(), 1))
  const [first, ...others] = shares.filter((share) => share !== undefined)
  return first === undefined || others.length + 1 < shares.length ? undefined : [first, ...others]
}
