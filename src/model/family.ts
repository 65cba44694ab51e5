/** The two rulesets of a host. Everything that differs between them is in this table, never in an `if`. */
export const FAMILIES = ['v4', 'v6'] as const

export type Family = (typeof FAMILIES)[number]

export type PerFamily<T> = Readonly<Record<Family, T>>

export interface FamilyFacts {
  /** For messages. */
  readonly label: string
  /** The name of the rendered file. */
  readonly rulesFile: string
  /** The administration command; `-save` and `-restore` are appended for the others. */
  readonly command: string
  /** Bits of an address. */
  readonly addressBits: number
  /** Bits of what counts as one source for a limit: an address, or the /64 that one IPv6 site has at the least. */
  readonly sourceBits: number
}

export const FAMILY: PerFamily<FamilyFacts> = {
  v4: { label: 'IPv4', rulesFile: 'rules.v4', command: 'iptables', addressBits: 32, sourceBits: 32 },
  v6: { label: 'IPv6', rulesFile: 'rules.v6', command: 'ip6tables', addressBits: 128, sourceBits: 64 },
}

/** The same computation for both families. */
export function perFamily<T>(make: (family: Family) => T): PerFamily<T> {
  return { v4: make('v4'), v6: make('v6') }
}
