import { printable } from '../../lib/printable.ts'
import type { InventoryTree } from '../inventory-tree.ts'
import { membersOf } from '../inventory-tree.ts'
import { suggestion } from '../nearest.ts'
import { isMeantAsSetting } from '../settings/meant-setting.ts'

/** Groups that only hold anchors for others to merge, by the names that are usual for them. */
export const ANCHORS = /^(?:\.|x-)/

/** A sentence about each group of the inventory that sets `mailfw_*` for no host. */
export function unusedGroups(tree: InventoryTree): readonly string[] {
  const groups = [...tree.groups.values()]
  const used = groups.filter((group) => membersOf(group).length > 0).map(({ name }) => name)
  return groups.flatMap((group) => {
    const keys = group.sets.flatMap(({ values }) => Object.keys(values)).filter(isMeantAsSetting)
    if (keys.length === 0 || used.includes(group.name) || ANCHORS.test(group.name)) return []
    const meant = suggestion(group.name, used)
    return [`The group ${printable(group.name, { most: 80 })} sets ${keys[0] ?? ''} and has no host${meant}`]
  })
}
