import type { Place, VariableSet } from './variable-set.ts'

export class Group {
  readonly name: string
  /** The `vars` of the inventory file, in the order they were met. */
  readonly sets: VariableSet[] = []
  readonly children = new Set<Group>()
  readonly parents = new Set<Group>()
  readonly hosts = new Set<HostEntry>()
  priority = 1

  constructor(name: string) {
    this.name = name
  }
}

export interface HostEntry {
  readonly name: string
  /** Where it was met first. */
  readonly place: Place
  readonly sets: VariableSet[]
  /** Those that list the host themselves. */
  readonly groups: Set<Group>
}

/** Groups and hosts as the inventory file nests them. */
export class InventoryTree {
  readonly groups = new Map<string, Group>()
  readonly hosts = new Map<string, HostEntry>()
  readonly all = this.group('all')
  /** Those that the file names at its top. */
  readonly topmost = new Set<Group>()

  constructor() {
    this.nest(this.all, this.group('ungrouped'))
  }

  /** The group of that name, made where it is new. */
  group(name: string): Group {
    return getOrMake(this.groups, name, () => new Group(name))
  }

  /** The host of that name, made where it is new. */
  host(name: string, place: Place): HostEntry {
    return getOrMake(this.hosts, name, () => ({ name, place, sets: [], groups: new Set<Group>() }))
  }

  nest(parent: Group, child: Group): void {
    parent.children.add(child)
    child.parents.add(parent)
  }

  list(group: Group, host: HostEntry): void {
    group.hosts.add(host)
    host.groups.add(group)
  }

  /** Ansible's finishing rules: a group without parents belongs to `all`, a host without groups to `ungrouped`. */
  settle(): void {
    for (const group of this.groups.values()) {
      if (group !== this.all && group.parents.size === 0) this.nest(this.all, group)
    }
    const ungrouped = this.group('ungrouped')
    for (const host of this.hosts.values()) {
      const isGrouped = [...host.groups].some((group) => group !== this.all && group !== ungrouped)
      if (!isGrouped) this.list(ungrouped, host)
      else if (host.groups.delete(ungrouped)) ungrouped.hosts.delete(host)
    }
  }
}

/** The hosts of a group and its descendants, in Ansible's order: its own, then level by level. */
export function membersOf(group: Group): readonly HostEntry[] {
  return [...new Set(reachable([group], 'children').flatMap(({ hosts }) => [...hosts]))]
}

/** The groups and their ancestors. */
export function withAncestors(groups: Iterable<Group>): readonly Group[] {
  return reachable(groups, 'parents')
}

function reachable(start: Iterable<Group>, relation: 'children' | 'parents'): readonly Group[] {
  const seen = new Set(start)
  for (const group of seen) for (const next of group[relation]) seen.add(next)
  return [...seen]
}

function getOrMake<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
