import type { GroupOrder } from './group-order.ts'
import { chainOf } from './group-order.ts'
import type { Group, HostEntry } from './inventory-tree.ts'
import type { VariableSet, Variables } from './variable-set.ts'
import { withSets } from './variable-set.ts'
import type { VarsFiles } from './vars-files.ts'

export interface VariableSources {
  readonly order: GroupOrder
  readonly groupFiles: VarsFiles
  readonly hostFiles: VarsFiles
  readonly extra: readonly VariableSet[]
}

/**
 * The variables of each host by Ansible's precedence: the `vars` of all groups, then the files in group_vars of all
 * groups, then the host's own, its files, and what `-e` sets. Hosts of the same groups share what the groups say.
 */
export class HostVariables {
  readonly #sources: VariableSources
  readonly #ofGroups = new Map<string, Variables>()
  readonly #ofHosts = new Map<HostEntry, Variables>()

  constructor(sources: VariableSources) {
    this.#sources = sources
  }

  of(host: HostEntry): Variables {
    const known = this.#ofHosts.get(host)
    if (known !== undefined) return known
    const variables = withSets(this.#inherited(host), [...this.ownSets(host), ...this.#sources.extra])
    this.#ofHosts.set(host, variables)
    return variables
  }

  /** What the host itself sets: in the inventory, and in its files of host_vars. */
  ownSets(host: HostEntry): readonly VariableSet[] {
    return [...host.sets, ...this.#sources.hostFiles.setsOf(host.name)]
  }

  #inherited(host: HostEntry): Variables {
    const key = JSON.stringify([...host.groups].map(({ name }) => name).toSorted())
    const known = this.#ofGroups.get(key)
    if (known !== undefined) return known
    const variables = this.#ofChain(chainOf(host.groups, this.#sources.order))
    this.#ofGroups.set(key, variables)
    return variables
  }

  #ofChain(chain: readonly Group[]): Variables {
    const files = chain.flatMap(({ name }) => this.#sources.groupFiles.setsOf(name))
    return withSets(new Map(), [...chain.flatMap(({ sets }) => sets), ...files])
  }
}
