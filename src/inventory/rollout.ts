import type { Apart, Rollout } from '../model/rollout.ts'
import type { InventoryTree } from './inventory-tree.ts'
import { membersOf } from './inventory-tree.ts'
import { suggestion } from './nearest.ts'
import type { SettingReader } from './setting-reader.ts'
import { shown } from './shown.ts'
import type { VariableSet } from './variable-set.ts'
import { Variable } from './variable-set.ts'

const NAME = 'mailfw_rollout'

/**
 * What `mailfw_rollout` says, which is one for the whole inventory: `topmost` are the sets that may have it, the strongest
 * last. Anything wrong with it is reported, and that it stands in another of all the `sets`.
 */
export function rolloutOf(
  tree: InventoryTree,
  topmost: readonly VariableSet[],
  sets: readonly VariableSet[],
  reader: SettingReader,
): Rollout {
  const misplaced = sets.filter((set) => Object.hasOwn(set.values, NAME) && !topmost.includes(set))
  for (const { document, path } of misplaced) {
    const message = `expected ${NAME} in the vars of all, or of another group that holds every host, for there is one rollout for all of them`
    reader.problems.at(document, [...path, NAME], message)
  }
  const written = topmost.filter((set) => Object.hasOwn(set.values, NAME))
  const variable = new Variable(NAME, written)
  const value = written.length > 0 ? reader.setting(new Map([[NAME, variable]]), NAME)?.value : undefined
  if (value === undefined) return {}
  return {
    ...(value.batch && { batch: value.batch }),
    ...(value.max_failures && { maxFailures: value.max_failures }),
    ...(value.when_exceeded && { whenExceeded: value.when_exceeded }),
    ...(value.apart && { apart: apartOf(tree, variable, value.apart, reader) }),
  }
}

function apartOf(
  tree: InventoryTree,
  variable: Variable,
  names: readonly string[],
  reader: SettingReader,
): readonly Apart[] {
  return names.flatMap((name, index) => {
    const group = tree.groups.get(name)
    if (group !== undefined) return [{ group: name, hosts: membersOf(group).map((host) => host.name) }]
    const meant = suggestion(name, tree.groups.keys())
    const message = `expected a group of the inventory, got ${shown(name)}${meant}`
    reader.problem(variable, ['apart', String(index)], message)
    return []
  })
}
