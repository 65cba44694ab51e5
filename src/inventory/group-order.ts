import type { Group, InventoryTree } from './inventory-tree.ts'
import { withAncestors } from './inventory-tree.ts'

/** The weakest group first: by depth, priority, name. */
export type GroupOrder = (a: Group, b: Group) => number

/** A group that contains itself, by its name. */
export interface GroupCircle {
  readonly circle: string
}

/** Ansible's order of precedence; a group's depth is its longest way down from `all`. */
export function groupOrder(tree: InventoryTree): GroupOrder | GroupCircle {
  const groups = [...tree.groups.values()]
  const depths = depthsOf(groups)
  const left = groups.find((group) => !depths.has(group))
  if (left !== undefined) return { circle: inCircle(left, depths).name }
  const depth = (group: Group) => depths.get(group) ?? 0
  return (a, b) => depth(a) - depth(b) || a.priority - b.priority || compareText(a.name, b.name)
}

/** By code points, as Python sorts. */
export function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** Every group that holds one of these, the weakest first. */
export function chainOf(groups: Iterable<Group>, order: GroupOrder): readonly Group[] {
  return withAncestors(groups).toSorted(order)
}

/** Each group once all its parents are known; those in a circle and below it never are. */
function depthsOf(groups: readonly Group[]): ReadonlyMap<Group, number> {
  const waiting = new Map(groups.map((group) => [group, group.parents.size]))
  const depths = new Map(groups.filter(({ parents }) => parents.size === 0).map((group) => [group, 0]))
  const longest = new Map(depths)
  for (const [group] of depths) {
    const depth = longest.get(group) ?? 0
    for (const child of group.children) {
      longest.set(child, Math.max(longest.get(child) ?? 0, depth + 1))
      const left = (waiting.get(child) ?? 0) - 1
      waiting.set(child, left)
      if (left === 0) depths.set(child, longest.get(child) ?? 0)
    }
  }
  return depths
}

/** Up from a group that has no depth, through such parents only, until one comes again. */
function inCircle(start: Group, depths: ReadonlyMap<Group, number>): Group {
  const seen = new Set<Group>()
  let group = start
  while (!seen.has(group)) {
    seen.add(group)
    group = [...group.parents].find((parent) => !depths.has(parent)) ?? group
  }
  return group
}
