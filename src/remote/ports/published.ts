import type { Family } from '../../model/family.ts'
import { FAMILIES } from '../../model/family.ts'
import type { PortRange, Protocol } from '../../model/service.ts'

/** Ports whose packets are sent elsewhere before INPUT sees them. */
export interface Published extends PortRange {
  readonly protocol: Protocol
  readonly families: readonly Family[]
}

/** Of `nft -nn list ruleset`: Docker's own tables, and whatever else does dnat there. */
export function publishedByNft(text: string): readonly Published[] {
  let families: readonly Family[] = []
  return text
    .split('\n')
    .slice(0, MOST_LINES)
    .flatMap((line) => {
      const [, table] = /^table (\w+) /.exec(line) ?? []
      if (table !== undefined) families = FAMILIES_OF[table] ?? []
      const [, protocol = '', ports = ''] = NFT_PORTS.exec(line) ?? []
      return /\bdnat\b/.test(line) ? publishedAs(protocol, ports.replaceAll(/[{}\s]/g, ''), families) : []
    })
}

const MOST_LINES = 20_000

const FAMILIES_OF: Readonly<Record<string, readonly Family[]>> = { ip: ['v4'], ip6: ['v6'], inet: FAMILIES }

/** `tcp dport 25`, `th dport { 25, 80-90 }`, `dnat to tcp dport map { 25 : 172.17.0.2 }` */
const NFT_PORTS = /\b(tcp|udp|th) dport (?:map )?(\{[^}]*\}|[\d-]+)/

/** `ports`: `25`, `80-90` or `25 : ADDRESS` of a map, with commas between. */
export function publishedAs(
  protocol: string,
  ports: string,
  families: readonly Family[],
): readonly Published[] {
  const protocols: readonly Protocol[] =
    protocol === 'th' ? ['tcp', 'udp'] : protocol === 'tcp' || protocol === 'udp' ? [protocol] : []
  return ports.split(',').flatMap((port) => {
    const [, from = '', to = from] = /^(\d{1,5})(?:-(\d{1,5}))?(?::.*)?$/.exec(port) ?? []
    if (from === '' || families.length === 0) return []
    return protocols.map((each) => ({ protocol: each, from: Number(from), to: Number(to), families }))
  })
}
