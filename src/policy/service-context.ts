import { rememberFor } from '../lib/recent.ts'
import type { Family } from '../model/family.ts'
import { FAMILY, perFamily } from '../model/family.ts'
import type { Network } from '../model/network.ts'
import type { Protocol, Service } from '../model/service.ts'
import type { LimitContext } from './limit.ts'
import { connectionsChain, limitContext } from './limit.ts'
import { portGroups } from './port-groups.ts'

/** A service as the templates of one family see it. */
export interface ServiceContext {
  readonly name: string
  readonly protocol: Protocol
  readonly ports: readonly string[]
  readonly openings: readonly Opening[]
  readonly limit: LimitContext | null
  readonly connections: number | null
  readonly connections_chain: string | null
  readonly source_bits: number
}

/** What one rule opens. */
export interface Opening {
  readonly source: string | null
  readonly protocol: Protocol
  readonly ports: string
}

/** A service in one family; without openings where it is closed there. */
export function serviceContext(service: Service, family: Family): ServiceContext {
  return CONTEXTS[family](service)
}

/** Hosts of a group share their services. */
const CONTEXTS = perFamily((family) => rememberFor((service: Service) => contextOf(service, family)))

function contextOf(service: Service, family: Family): ServiceContext {
  const { sourceBits } = FAMILY[family]
  const opened = openings(service, family)
  const needsChain = service.connections !== undefined && opened.length > 1
  return {
    name: service.name,
    protocol: service.protocol,
    ports: portGroups(service.ports),
    openings: opened,
    limit: service.limit === undefined ? null : limitContext(service.name, service.limit, sourceBits),
    connections: service.connections ?? null,
    connections_chain: needsChain ? connectionsChain(service.name) : null,
    source_bits: sourceBits,
  }
}

/** The networks of one family as iptables-save writes them: `203.0.113.5/32`. */
export function sourcesOf(networks: readonly Network[], family: Family): string[] {
  return networks
    .filter((network) => network.family === family)
    .map((network) => `${network.address}/${network.prefix}`)
}

function openings(service: Service, family: Family): Opening[] {
  if (!service.families.includes(family)) return []
  const sources = service.sources === 'any' ? [null] : sourcesOf(service.sources, family)
  const groups = portGroups(service.ports)
  return sources.flatMap((source) => groups.map((ports) => ({ source, protocol: service.protocol, ports })))
}
