import type { Apart, HostShare } from '../model/rollout.ts'

export type Shares = readonly [HostShare, ...HostShare[]]

/**
 * Divides hosts into batches, each host in exactly one, in the given order: as many as its share says for each, the last
 * share for all that come after it. Percentages are of `total` hosts, rounded down, and at least one. A batch that would
 * hold all hosts of a group in `apart` leaves some of them to the next one; a group of one host cannot be apart.
 */
export function makeBatches(
  names: readonly string[],
  {
    shares,
    apart,
    total,
  }: { readonly shares: Shares; readonly apart: readonly Apart[]; readonly total: number },
): readonly (readonly string[])[] {
  const groupsOf = groupsByHost(apart)
  const batches: (readonly string[])[] = []
  let left = names
  while (left.length > 0) {
    const share = shares[batches.length] ?? shares.at(-1) ?? shares[0]
    const taken = takeBatch(left, sizeOf(share, total), groupsOf)
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

/** As Ansible counts the percentages of `serial`. */
function sizeOf(share: HostShare, total: number): number {
  return share.kind === 'hosts' ? share.count : Math.max(1, Math.floor((total * share.percent) / 100))
}

type GroupsByHost = ReadonlyMap<string, readonly Apart[]>

function groupsByHost(apart: readonly Apart[]): GroupsByHost {
  const groupsOf = new Map<string, Apart[]>()
  for (const group of apart.filter(({ hosts }) => hosts.length > 1)) {
    for (const host of group.hosts) groupsOf.set(host, [...(groupsOf.get(host) ?? []), group])
  }
  return groupsOf
}

/** The first hosts that may be together; at least one. */
function takeBatch(names: readonly string[], size: number, groupsOf: GroupsByHost): ReadonlySet<string> {
  const batch = new Set<string>()
  const within = new Map<Apart, number>()
  for (const name of names) {
    if (batch.size === size) break
    const groups = groupsOf.get(name) ?? []
    if (groups.some((group) => (within.get(group) ?? 0) === group.hosts.length - 1)) continue
    for (const group of groups) within.set(group, (within.get(group) ?? 0) + 1)
    batch.add(name)
  }
  return batch
}
