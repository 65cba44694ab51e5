import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { Family } from './family.ts'
import { FAMILY } from './family.ts'

/** An address (all bits in the prefix) or a network, in canonical form: lower case, `::` shortened, host bits zero. */
export interface Network {
  readonly family: Family
  readonly address: string
  readonly prefix: number
}

/** What is wrong with the text of a network: its syntax, host bits that are set, or an IPv4 one in IPv6 form. */
export type NotANetwork =
  { readonly problem: 'syntax' } | { readonly problem: 'host-bits' | 'mapped'; readonly meant: string }

/**
 * Reads `192.0.2.1`, `192.0.2.0/24`, `2001:db8::1` or `2001:db8::/32`. Octal, short and zoned forms are no
 * addresses; an IPv4-mapped IPv6 address is none either, for no packet carries it.
 */
export function parseNetwork(text: string): Network | NotANetwork {
  const [, address = '', slash = ''] = /^([0-9a-fA-F.:]+)(\/(?:0|[1-9][0-9]{0,2}))?$/.exec(text) ?? []
  const version = isIP(address)
  if (version === 0) return { problem: 'syntax' }
  const family = version === 4 ? 'v4' : 'v6'
  const bits = FAMILY[family].addressBits
  const prefix = slash === '' ? bits : Number(slash.slice(1))
  if (prefix > bits) return { problem: 'syntax' }
  const parsed = ipaddr.parse(address)
  if (parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress()) return mapped(parsed, prefix)
  const base = networkAddress(parsed, prefix)
  if (base !== parsed.toString()) return { problem: 'host-bits', meant: `${base}/${prefix}` }
  return { family, address: base, prefix }
}

function mapped(address: ipaddr.IPv6, prefix: number): NotANetwork {
  if (prefix < 96) return { problem: 'syntax' }
  const meant = address.toIPv4Address().toString()
  return { problem: 'mapped', meant: prefix === 128 ? meant : `${meant}/${prefix - 96}` }
}

/** `192.0.2.1` for a single address, `192.0.2.0/24` for a network. */
export function formatNetwork(network: Network): string {
  return network.prefix === FAMILY[network.family].addressBits
    ? network.address
    : `${network.address}/${network.prefix}`
}

/** Whether every address of `inner` lies in `outer`. */
export function contains(outer: Network, inner: Network): boolean {
  if (outer.family !== inner.family || outer.prefix > inner.prefix) return false
  return networkAddress(ipaddr.parse(inner.address), outer.prefix) === outer.address
}

/** Whether the two share an address. */
export function overlaps(a: Network, b: Network): boolean {
  return contains(a, b) || contains(b, a)
}

function networkAddress(address: ipaddr.IPv4 | ipaddr.IPv6, prefix: number): string {
  const bytes = address.toByteArray().map((byte, index) => {
    const kept = Math.min(8, Math.max(0, prefix - 8 * index))
    return byte & (0xff << (8 - kept)) & 0xff
  })
  return ipaddr.fromByteArray(bytes).toString()
}
