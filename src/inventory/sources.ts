import type { Network } from '../model/network.ts'
import { distinct, networkText } from './network-list.ts'
import { suggestion } from './nearest.ts'
import { shown } from './shown.ts'

/** The addresses of a group, or why there are none. */
export type GroupNetworks = readonly Network[] | { readonly fault: string; readonly unknown?: string }

/** Is told what is wrong with an item of a list; `unknown`: a name that other hosts may know. */
export type TellSource = (index: number, message: string, unknown?: string) => void

/** What a text in a list of sources may refer to. */
export interface SourceNames {
  /** The entries of `mailfw_networks`. */
  readonly networks: ReadonlyMap<string, readonly Network[]>
  readonly group: (name: string) => GroupNetworks
}

const GROUP = 'group:'

interface Resolved {
  readonly networks: readonly Network[]
  readonly faults: readonly Parameters<TellSource>[]
}

/** A group may have thousands of addresses, and as many hosts may name it. */
const known = new WeakMap<SourceNames, Map<string, Resolved>>()

/**
 * Looks up a list of addresses, networks, names and groups; what is wrong is told by the item's place in the list. The
 * same list with the same names gives the same array.
 */
export function resolveSources(
  list: readonly string[],
  names: SourceNames,
  tell: TellSource,
): readonly Network[] {
  const lists = known.get(names) ?? new Map<string, Resolved>()
  known.set(names, lists)
  const key = JSON.stringify(list)
  const resolved = lists.get(key) ?? resolveList(list, names)
  lists.set(key, resolved)
  for (const fault of resolved.faults) tell(...fault)
  return resolved.networks
}

function resolveList(list: readonly string[], names: SourceNames): Resolved {
  const found = list.map((text) => resolveSource(text, names))
  return {
    networks: distinct(found.flatMap((networks) => ('fault' in networks ? [] : networks))),
    faults: found.flatMap((networks, index) =>
      'fault' in networks ? [[index, networks.fault, networks.unknown] as Parameters<TellSource>] : [],
    ),
  }
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
    unknown: text,
  }
}
