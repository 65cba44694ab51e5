import type { Host, Policies } from '../../src/model/host.ts'
import { FAMILIES } from '../../src/model/family.ts'
import type { Family, PerFamily } from '../../src/model/family.ts'
import { DEFAULT_PRESERVE } from '../../src/model/foreign.ts'
import type { Network } from '../../src/model/network.ts'
import { parseNetwork } from '../../src/model/network.ts'
import type { Limit, PortRange, Protocol, Service } from '../../src/model/service.ts'
import { KNOWN_SERVICES } from '../../src/model/service.ts'

/** A host in few words, as a case's `host.json` has it. What is absent is as mailfw's defaults are. */
export interface HostCase {
  readonly name?: string
  readonly groups?: readonly string[]
  readonly vars?: Readonly<Record<string, unknown>>
  readonly ssh?: ServiceCase
  readonly services?: Readonly<Record<string, ServiceCase>>
  readonly controllers?: readonly string[]
  readonly blocklist?: readonly string[]
  readonly addresses?: readonly string[]
  readonly ping?: boolean
  readonly logDropped?: boolean
  readonly policies?: Partial<Policies>
  readonly extraRules?: Partial<PerFamily<readonly string[]>>
  readonly templates?: string
}

export interface ServiceCase {
  readonly protocol?: Protocol
  readonly ports?: readonly (number | readonly [number, number])[]
  readonly from?: 'any' | readonly string[]
  readonly families?: readonly Family[]
  readonly limit?: Limit
  readonly connections?: number
}

export function makeHost(given: HostCase = {}): Host {
  const { name = 'mx1.example.net', groups = ['mail', 'mx'], vars = {}, templates } = given
  return {
    name,
    groups,
    vars,
    login: { sshArguments: [], become: false, connectSeconds: 10 },
    settings: {
      ssh: makeService('ssh', { ports: [22], ...given.ssh }),
      services: Object.entries(given.services ?? {}).map(([service, one]) => makeService(service, one)),
      controllers: networks(given.controllers),
      blocklist: networks(given.blocklist),
      addresses: networks(given.addresses),
      ping: given.ping ?? true,
      logDropped: given.logDropped ?? false,
      policies: { input: 'drop', forward: 'drop', output: 'accept', ...given.policies },
      extraRules: { v4: [], v6: [], ...given.extraRules },
      preserve: DEFAULT_PRESERVE,
      confirm: 'connection',
      confirmSeconds: 60,
      probes: { services: 'all', timeoutSeconds: 5, banner: true },
      ...(templates !== undefined && { templates }),
    },
  }
}

export function makeService(name: string, given: ServiceCase = {}): Service {
  const { protocol = 'tcp', ports = [wellKnownPort(name)], from = 'any', families = FAMILIES } = given
  return {
    name,
    protocol,
    ports: ports.map(portRange),
    sources: from === 'any' ? 'any' : networks(from),
    families,
    ...(given.limit && { limit: given.limit }),
    ...(given.connections !== undefined && { connections: given.connections }),
  }
}

function wellKnownPort(name: string): number {
  return (Object.hasOwn(KNOWN_SERVICES, name) ? KNOWN_SERVICES[name] : undefined) ?? 1
}

function portRange(port: number | readonly [number, number]): PortRange {
  return typeof port === 'number' ? { from: port, to: port } : { from: port[0], to: port[1] }
}

function networks(texts: readonly string[] = []): Network[] {
  return texts.map((text) => {
    const network = parseNetwork(text)
    if ('problem' in network) throw new Error(`${text} is no network`)
    return network
  })
}
