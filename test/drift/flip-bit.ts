import ipaddr from 'ipaddr.js'
import type { Random } from '../faults/random.ts'
import { pick } from '../faults/random.ts'

const ADDRESS = /(?<=(?:^| )-[sd] )([0-9a-f.:]+)(?:\/(\d+))?(?= |,|$)/g

/** Whether a rule names an address, or a network of at least one bit, as its source or destination. */
export function hasAddress(rule: string): boolean {
  return addressesOf(rule).length > 0
}

/** The rule with one bit of one of its addresses the other way round; of a network, one that counts. */
export function flipBit(random: Random, rule: string): string {
  const { index, address, bits, length } = pick(random, addressesOf(rule))
  const bytes = ipaddr.parse(address).toByteArray()
  const bit = Math.floor(random() * bits)
  const flipped = bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (0x80 >> (bit & 7)) : byte))
  const written = ipaddr.fromByteArray(flipped)
  const text = written instanceof ipaddr.IPv6 ? written.toRFC5952String() : written.toString()
  return `${rule.slice(0, index)}${text}${rule.slice(index + length)}`
}

interface Address {
  readonly index: number
  readonly address: string
  /** How many of its bits count. */
  readonly bits: number
  readonly length: number
}

function addressesOf(rule: string): readonly Address[] {
  return [...rule.matchAll(ADDRESS)]
    .map((match) => {
      const [, address = '', prefix] = match
      const bits = Number(prefix ?? (address.includes(':') ? 128 : 32))
      return { index: match.index, address, bits, length: address.length }
    })
    .filter(({ bits }) => bits > 0)
}
