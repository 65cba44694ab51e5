import type { Network } from '../model/network.ts'
import { parseNetwork } from '../model/network.ts'
import type { HostVariables } from './host-variables.ts'
import type { HostEntry, InventoryTree } from './inventory-tree.ts'
import { membersOf } from './inventory-tree.ts'
import { readAddress } from './login-reader.ts'
import { suggestion } from './nearest.ts'
import { readAddresses } from './own-addresses.ts'
import type { SettingReader } from './setting-reader.ts'
import { shown } from './shown.ts'
import type { GroupNetworks } from './sources.ts'

/** The addresses of a group's hosts, over the whole inventory, without DNS. */
export class GroupAddresses {
  readonly #tree: InventoryTree
  readonly #variables: HostVariables
  readonly #reader: SettingReader
  readonly #known = new Map<string, GroupNetworks>()

  constructor(tree: InventoryTree, variables: HostVariables, reader: SettingReader) {
    this.#tree = tree
    this.#variables = variables
    this.#reader = reader
  }

  of(name: string): GroupNetworks {
    const known = this.#known.get(name) ?? this.#find(name)
    this.#known.set(name, known)
    return known
  }

  #find(name: string): GroupNetworks {
    const group = this.#tree.groups.get(name)
    if (group === undefined) {
      return {
        fault: `expected a group of the inventory, got ${shown(name)}${suggestion(name, this.#tree.groups.keys())}`,
      }
    }
    const hosts = membersOf(group)
    if (hosts.length === 0)
      return { fault: `expected a group with hosts, got ${shown(name)}, which has none` }
    const found = hosts.map((host) => ({ host, addresses: this.#addressesOf(host) }))
    const nowhere = found.find(({ addresses }) => addresses === undefined)
    if (nowhere === undefined) return found.flatMap(({ addresses }) => addresses ?? [])
    return {
      fault: `expected addresses of every host in ${shown(name)}, but ${shown(nowhere.host.name)} has neither mailfw_addresses nor an ansible_host that is an address, and names are not looked up`,
    }
  }

  /** Its `mailfw_addresses`, else `ansible_host` or the host's own name where that is an address. */
  #addressesOf(host: HostEntry): readonly Network[] | undefined {
    const variables = this.#variables.of(host)
    const addresses = readAddresses(variables, this.#reader)
    if (addresses.length > 0) return addresses
    const written = parseNetwork(readAddress(variables, this.#reader) ?? host.name)
    const network =
      'problem' in written && written.problem === 'mapped' ? parseNetwork(written.meant) : written
    return 'problem' in network ? undefined : [network]
  }
}
