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

/**
 * The rules of a family in the backend that its plain commands do not speak to, by their names there: those of
 * `iptables-nft`, `ip6tables-nft`, `iptables-legacy` and `ip6tables-legacy`.
 */
export const OTHER_FAMILIES = ['n4', 'n6', 'l4', 'l6'] as const

export type OtherFamily = (typeof OTHER_FAMILIES)[number]

export const OTHER_FAMILY: Readonly<
  Record<OtherFamily, { readonly family: Family; readonly command: string }>
> = {
  n4: { family: 'v4', command: 'iptables-nft' },
  n6: { family: 'v6', command: 'ip6tables-nft' },
  l4: { family: 'v4', command: 'iptables-legacy' },
  l6: { family: 'v6', command: 'ip6tables-legacy' },
}

/** Where the rules of a family stand that are not in its own backend. */
export function otherFamily(family: Family, backend: 'nf_tables' | 'legacy'): OtherFamily {
  if (family === 'v4') return backend === 'legacy' ? 'n4' : 'l4'
  return backend === 'legacy' ? 'n6' : 'l6'
}
