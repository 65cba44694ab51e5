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
  const depths = new Map<Group, number>()
  for (const group of tree.groups.values()) {
    if (!measure(group, depths, new Set())) return { circle: group.name }
  }
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

function measure(group: Group, depths: Map<Group, number>, below: Set<Group>): boolean {
  if (depths.has(group)) return true
  if (below.has(group)) return false
  below.add(group)
  for (const parent of group.parents) if (!measure(parent, depths, below)) return false
  below.delete(group)
  depths.set(group, Math.max(-1, ...[...group.parents].map((parent) => depths.get(parent) ?? 0)) + 1)
  return true
}
