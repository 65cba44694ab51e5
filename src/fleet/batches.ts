import type { Apart, HostShare } from '../model/rollout.ts'

export type Shares = readonly [HostShare, ...HostShare[]]

/** What a rollout asks of its batches. Percentages are of `total` hosts, rounded down, and at least one. */
export interface BatchRules {
  readonly shares: Shares
  /** No batch holds all hosts of one of these groups; a group of one host cannot be apart. */
  readonly apart: readonly Apart[]
  readonly total: number
}

/**
 * Divides hosts into batches, each host in exactly one, in the given order: as many as its share says for each, the last
 * share for all that come after it. A batch that would hold all hosts of a group in `apart` leaves some of them to the next.
 * `first` is the number of the first batch.
 */
export function makeBatches(
  names: readonly string[],
  rules: BatchRules,
  first = 1,
): readonly (readonly string[])[] {
  const batches: (readonly string[])[] = []
  let left = names
  while (left.length > 0) {
    const taken = takeBatch(left, { size: sizeOfBatch(first + batches.length, rules), apart: rules.apart })
    batches.push([...taken])
    left = left.filter((name) => !taken.has(name))
  }
  return batches
}

/** What is used where neither flag nor inventory says anything: one host goes first where many are selected. */
export function defaultShares(total: number): Shares {
  const all = { kind: 'percent', percent: 100 } as const
  return total > MOST_AT_ONCE ? [{ kind: 'hosts', count: 1 }, all] : [all]
}

const MOST_AT_ONCE = 10

/** How many hosts a batch has, counted from 1. As Ansible counts the percentages of `serial`. */
export function sizeOfBatch(number: number, { shares, total }: BatchRules): number {
  const share = shares[number - 1] ?? shares.at(-1) ?? shares[0]
  return share.kind === 'hosts' ? share.count : Math.max(1, Math.floor((total * share.percent) / 100))
}

/** The first `size` hosts that may be in a batch together with its members. */
export function takeBatch(
  names: readonly string[],
  {
    size,
    apart,
    members = [],
  }: { readonly size: number; readonly apart: readonly Apart[]; readonly members?: Iterable<string> },
): ReadonlySet<string> {
  const groupsOf = groupsByHost(apart)
  const within = new Map<Apart, number>()
  const count = (name: string): void => {
    for (const group of groupsOf.get(name) ?? []) within.set(group, (within.get(group) ?? 0) + 1)
  }
  for (const name of members) count(name)
  const taken = new Set<string>()
  for (const name of names) {
    if (taken.size === size) break
    const groups = groupsOf.get(name) ?? []
    if (groups.some((group) => (within.get(group) ?? 0) === group.hosts.length - 1)) continue
    count(name)
    taken.add(name)
  }
  return taken
}

function groupsByHost(apart: readonly Apart[]): ReadonlyMap<string, readonly Apart[]> {
  const groupsOf = new Map<string, Apart[]>()
  for (const group of apart.filter(({ hosts }) => hosts.length > 1)) {
    for (const host of group.hosts) groupsOf.set(host, [...(groupsOf.get(host) ?? []), group])
  }
  return groupsOf
}
