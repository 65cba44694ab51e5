import type { Network } from '../model/network.ts'
import { formatNetwork, parseNetwork } from '../model/network.ts'
import { shown } from './shown.ts'

/** Each network once, in the order of first appearance. */
export function distinct(networks: Iterable<Network>): readonly Network[] {
  return [...new Map([...networks].map((network) => [formatNetwork(network), network])).values()]
}

/** A network, what it was taken for if it is not one by a hair, or nothing. */
export type NetworkText = { readonly network: Network } | { readonly fault: string } | undefined

/** Reads an address or a network; absent where the text looks like neither, so may be a name. */
export function networkText(text: string): NetworkText {
  const network = parseNetwork(text)
  if (!('problem' in network)) return { network }
  if (network.problem === 'host-bits') {
    return { fault: `expected a network without host bits, such as ${network.meant}, got ${shown(text)}` }
  }
  if (network.problem === 'mapped') return { fault: mappedFault(text, network.meant) }
  return /^[0-9.]+(?:\/.*)?$|:.*:|\//.test(text)
    ? { fault: `expected an address or a network, got ${shown(text)}` }
    : undefined
}

/** No packet carries such an address; a program that listens on both families shows an IPv4 client so. */
export function mappedFault(text: string, meant: string): string {
  return `expected an IPv4 address as it stands in packets, ${meant}, got ${shown(text)}`
}
