import type { Network } from '../model/network.ts'
import { distinct, networkText } from './network-list.ts'
import { suggestion } from './nearest.ts'
import { shown } from './shown.ts'

/** The addresses of a group, or why there are none. */
export type GroupNetworks = readonly Network[] | { readonly fault: string }

/** What a text in a list of sources may refer to. */
export interface SourceNames {
  /** The entries of `mailfw_networks`. */
  readonly networks: ReadonlyMap<string, readonly Network[]>
  readonly group: (name: string) => GroupNetworks
}

const GROUP = 'group:'

/** Looks up a list of addresses, networks, names and groups; what is wrong is told by the item's place in the list. */
export function resolveSources(
  list: readonly string[],
  names: SourceNames,
  tell: (index: number, message: string) => void,
): readonly Network[] {
  const found = list.flatMap((text, index) => {
    const networks = resolveSource(text, names)
    if (!('fault' in networks)) return networks
    tell(index, networks.fault)
    return []
  })
  return distinct(found)
}

function resolveSource(text: string, { networks, group }: SourceNames): GroupNetworks {
  if (text.startsWith(GROUP)) return group(text.slice(GROUP.length))
  const written = networkText(text)
  if (written !== undefined) return 'network' in written ? [written.network] : written
  const named = networks.get(text)
  if (named !== undefined) return named
  if (text === 'any') return { fault: 'expected addresses here, got "any"' }
  const meant = suggestion(text, ['any', ...networks.keys()])
  return {
    fault: `expected an address, a network, a name of mailfw_networks or group:NAME, got ${shown(text)}${meant}`,
  }
}
