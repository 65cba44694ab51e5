import type { Apart, Rollout } from '../model/rollout.ts'
import type { Group, InventoryTree } from './inventory-tree.ts'
import { membersOf } from './inventory-tree.ts'
import { suggestion } from './nearest.ts'
import type { SettingReader } from './setting-reader.ts'
import { shown } from './shown.ts'
import type { VariableSet } from './variable-set.ts'
import { Variable } from './variable-set.ts'
import type { VarsFiles } from './vars-files.ts'

const NAME = 'mailfw_rollout'

export interface RolloutSources {
  readonly tree: InventoryTree
  readonly groupFiles: VarsFiles
  /** What `-e` sets, which is the strongest. */
  readonly extra: readonly VariableSet[]
  /** All of the inventory, these too. */
  readonly sets: readonly VariableSet[]
}

/**
 * What `mailfw_rollout` says, which is one for the whole inventory: in the vars of `all`, of another group at the top of the
 * file or one that holds every host, or by `-e`. Anything wrong with it is reported, and that it stands elsewhere.
 */
export function rolloutOf(sources: RolloutSources, reader: SettingReader): Rollout {
  const { tree, groupFiles, extra, sets } = sources
  const setsOf = (group: Group): readonly VariableSet[] =>
    [...group.sets, ...groupFiles.setsOf(group.name)].filter(hasRollout)
  const groups = [...tree.groups.values()].filter(
    (group) => setsOf(group).length > 0 && isTopmost(group, tree),
  )
  const written = [...groups.flatMap(setsOf), ...extra.filter(hasRollout)]
  for (const set of sets.filter(hasRollout)) {
    if (!written.includes(set))
      tell(set, `expected ${NAME} in the vars of all or of another group at the top`, reader)
  }
  const [first, ...others] = groups.filter((group) => !holdsAll(group, tree))
  for (const set of others.flatMap(setsOf))
    tell(
      set,
      `expected ${NAME} once, or in the vars of all, for the group "${first?.name ?? ''}" has one too`,
      reader,
    )
  return readRollout(tree, new Variable(NAME, written), reader)
}

function hasRollout({ values }: VariableSet): boolean {
  return Object.hasOwn(values, NAME)
}

function isTopmost(group: Group, tree: InventoryTree): boolean {
  return tree.topmost.has(group) || holdsAll(group, tree)
}

function holdsAll(group: Group, tree: InventoryTree): boolean {
  return membersOf(group).length === tree.hosts.size
}

function tell({ document, path }: VariableSet, expected: string, { problems }: SettingReader): void {
  problems.at(document, [...path, NAME], `${expected}: there is one rollout for all hosts`)
}

function readRollout(tree: InventoryTree, variable: Variable, reader: SettingReader): Rollout {
  if (variable.sets.length === 0) return {}
  const value = reader.setting(new Map([[NAME, variable]]), NAME)?.value
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
