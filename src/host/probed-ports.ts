import type { Family } from '../model/family.ts'
import type { Settings } from '../model/host.ts'
import type { Network } from '../model/network.ts'
import { contains, parseNetwork } from '../model/network.ts'
import type { Service } from '../model/service.ts'
import type { ServicePort } from '../model/transport.ts'
import { parseRuleset } from '../ruleset/parse.ts'
import type { Judge, Reach } from '../ruleset/reach.ts'
import { judgeOf } from '../ruleset/reach.ts'
import { greetingOf } from './greeting-of.ts'

/** A port of a service that a change must not close to us. */
export interface ProbedPort extends ServicePort {
  readonly service: string
}

/** An address of a host, and our own as the host sees it, where that is known. */
export interface Entrance {
  readonly family: Family
  readonly address: string
  readonly own: Network | undefined
}

export interface EntranceRules {
  /** What is live before the change. */
  readonly live: string
  /** What will be, where that is not what the settings say; there a service may well be closed on purpose. */
  readonly other: string | undefined
}

/** Of a range, or a list of many: who comes in there comes in everywhere. */
const MOST_PORTS_OF_ONE = 4
const MOST_PORTS = 16

/** The tries count: under a limit as strict as this they would count against whoever shares our address. */
const LEAST_BURST = 10
const LEAST_CONNECTIONS = 3

/** The TCP services that are to be tried on a host. */
export function probedServices({ probes, services }: Settings): readonly Service[] {
  if (probes === false) return []
  return services.filter(
    ({ name, protocol, limit, connections }) =>
      protocol === 'tcp' &&
      (probes.services === 'all' || probes.services.includes(name)) &&
      (limit?.burst ?? LEAST_BURST) >= LEAST_BURST &&
      (connections ?? LEAST_CONNECTIONS) >= LEAST_CONNECTIONS,
  )
}

/** The ports that the rules mean to open to us at one entrance. Those that are surely closed now are left out: nothing can be lost there. */
export function probedPorts(
  settings: Settings,
  { family, address, own }: Entrance,
  rules: EntranceRules,
): readonly ProbedPort[] {
  if (own !== undefined && settings.blocklist.some((network) => contains(network, own))) return []
  const ports = probedServices(settings)
    .filter((service) => service.families.includes(family) && letsIn(service, own))
    .flatMap((service) => portsOf(service, address, settings))
  if (ports.length === 0) return []
  const isLive = judged(rules.live)
  const willBe = rules.other === undefined ? undefined : judged(rules.other)
  return ports
    .filter(({ port }) => mayReach(isLive, port, own) && (willBe === undefined || surely(willBe, port, own)))
    .slice(0, MOST_PORTS)
}

function letsIn({ sources }: Service, own: Network | undefined): boolean {
  return sources === 'any' || (own !== undefined && sources.some((source) => contains(source, own)))
}

function portsOf(service: Service, address: string, { probes }: Settings): readonly ProbedPort[] {
  const banner = probes !== false && probes.banner
  return service.ports.slice(0, MOST_PORTS_OF_ONE).map(({ from: port }) => {
    const greeting = banner ? greetingOf(service.name, port) : undefined
    return { service: service.name, address, port, ...(greeting && { greeting }) }
  })
}

function judged(rules: string): Judge {
  return judgeOf(parseRuleset(rules))
}

/** Also where the rules do not tell. */
function mayReach({ reachOf }: Judge, port: number, own: Network | undefined): boolean {
  const reach = reachOf({ protocol: 'tcp', port })
  return reach !== 'nobody' && (own === undefined || typeof reach !== 'object' || holds(reach, own) !== 'no')
}

function surely({ reachOf }: Judge, port: number, own: Network | undefined): boolean {
  const reach = reachOf({ protocol: 'tcp', port })
  return reach === 'any' || (own !== undefined && typeof reach === 'object' && holds(reach, own) === 'yes')
}

function holds({ networks }: Exclude<Reach, string>, own: Network): 'yes' | 'no' | 'unclear' {
  const parsed = networks.flatMap((list) => list.split(',')).map(parseNetwork)
  if (parsed.some((network) => !('problem' in network) && contains(network, own))) return 'yes'
  return parsed.some((network) => 'problem' in network) ? 'unclear' : 'no'
}
