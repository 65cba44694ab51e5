import type { Family } from '../model/family.ts'
import { FAMILIES } from '../model/family.ts'
import type { PortState, PortUse } from '../model/outcome.ts'
import type { PortRange, Protocol, Service } from '../model/service.ts'
import { KNOWN_SERVICES, SERVICE_ALIASES } from '../model/service.ts'
import type { Listener } from '../remote/listeners.ts'
import type { Published } from '../remote/ports/published.ts'
import type { Ruleset } from '../ruleset/parse.ts'
import type { Judge, OpenedPorts, Reach } from '../ruleset/reach.ts'
import { judgeOf } from '../ruleset/reach.ts'

export interface PortsInput {
  readonly listeners: readonly Listener[]
  /** What is sent elsewhere before INPUT sees it. */
  readonly published?: readonly Published[]
  /** The wanted rules; a family that is off on the host is absent. */
  readonly rules: Partial<Record<Family, Ruleset>>
  /** SSH among them: they name the ports. */
  readonly services: readonly Service[]
}

/** Who listens beside what the rules open, by port. */
export function portUses({ listeners, published = [], rules, services }: PortsInput): readonly PortUse[] {
  const facing = listeners.filter((listener) => !listener.isLoopback && !isClient(listener))
  const uses = FAMILIES.flatMap((family) => {
    const ruleset = rules[family]
    if (ruleset === undefined) return []
    const here = facing.filter((listener) => listener.families.includes(family))
    const judge = judgeOf(ruleset)
    const sent = published.filter((each) => each.families.includes(family))
    const isSent = ({ protocol, port }: Pick<Listener, 'protocol' | 'port'>) =>
      sent.some((each) => holds(each, { protocol, port }))
    return [
      ...listening(family, here, judge).map((use) =>
        use.state === 'closed' && isSent(use) ? { ...use, state: 'past-input' as const } : use,
      ),
      ...sentElsewhere(family, here, sent, judge),
      ...unused(family, here, judge).filter((use) => !isSent(use)),
    ]
  })
  return folded(uses)
    .map((use) => ({ ...use, ...nameOf(use, services) }))
    .sort(byPort)
    .slice(0, MOST_PORTS)
}

/** A host that listens on more has another trouble. */
const MOST_PORTS = 2_000

/** A DHCP client hears its answers there, and the kernel lets them in as it must; no one is served. */
function isClient({ protocol, port }: Pick<Listener, 'protocol' | 'port'>): boolean {
  return protocol === 'udp' && (port === 68 || port === 546)
}

/** Where Linux takes the ports of those who ask: an UDP socket there mostly waits for an answer. */
function isEphemeral({ protocol, port }: Listener): boolean {
  return protocol === 'udp' && port >= 32_768 && port <= 60_999
}

function listening(family: Family, here: readonly Listener[], judge: Judge): readonly PortUse[] {
  const ports = new Map(here.map((listener) => [`${listener.protocol} ${listener.port}`, listener]))
  return [...ports.values()]
    .slice(0, MOST_PORTS)
    .filter((listener) => !isEphemeral(listener) || judge.named.some((opened) => holds(opened, listener)))
    .map(({ protocol, port }) => {
      const program = programOn(here, protocol, port)
      const reach = judge.reachOf({ protocol, port })
      return {
        protocol,
        port,
        families: [family],
        ...(program !== undefined && { program }),
        state: stateOf(reach, program),
        ...openToOf(reach),
      }
    })
}

/** The same port may be taken at several addresses, by several programs. */
function programOn(here: readonly Listener[], protocol: Protocol, port: number): string | undefined {
  const names = here
    .filter((listener) => listener.protocol === protocol && listener.port === port)
    .flatMap(({ programs }) => programs.slice(0, 1))
  return names.length === 0 ? undefined : [...new Set(names)].sort().join(', ')
}

function stateOf(reach: Reach, program: string | undefined): PortState {
  if (reach === 'unclear') return 'unclear'
  if (reach !== 'nobody') return 'open'
  return program === 'docker-proxy' ? 'past-input' : 'closed'
}

function openToOf(reach: Reach): Pick<PortUse, 'openTo'> {
  if (reach === 'any') return { openTo: 'any' }
  return typeof reach === 'object' ? { openTo: reach.networks.length } : {}
}

function unused(family: Family, here: readonly Listener[], { named, reachOf }: Judge): readonly PortUse[] {
  return named.slice(0, MOST_PORTS).flatMap((opened) => {
    const { protocol, from: port, to } = opened
    if (isClient({ protocol, port }) || here.some((listener) => holds(opened, listener))) return []
    const reach = reachOf({ protocol, port })
    if (reach === 'nobody' || reach === 'unclear') return []
    const last = to === port ? {} : { lastPort: to }
    return [{ protocol, port, ...last, families: [family], state: 'unused' as const, ...openToOf(reach) }]
  })
}

/** If no program holds the port for the one that is sent to. */
function sentElsewhere(
  family: Family,
  here: readonly Listener[],
  sent: readonly Published[],
  { reachOf }: Judge,
): readonly PortUse[] {
  const first = new Map(sent.map((each) => [`${each.protocol} ${each.from}`, each]))
  return [...first.values()].slice(0, MOST_PORTS).flatMap((each) => {
    const { protocol, from: port, to } = each
    if (here.some((listener) => holds(each, listener))) return []
    const reach = reachOf({ protocol, port })
    const last = to === port ? {} : { lastPort: to }
    const state =
      reach === 'nobody' ? ('past-input' as const) : reach === 'unclear' ? reach : ('open' as const)
    return [{ protocol, port, ...last, families: [family], state, ...openToOf(reach) }]
  })
}

function holds(opened: OpenedPorts, { protocol, port }: Pick<Listener, 'protocol' | 'port'>): boolean {
  return opened.protocol === protocol && opened.from <= port && port <= opened.to
}

/** What is the same in both families is told once; the networks of both are counted together. */
function folded(uses: readonly PortUse[]): readonly PortUse[] {
  const known = new Map<string, PortUse>()
  for (const use of uses) {
    const { protocol, port, lastPort, program, state, openTo } = use
    const key = JSON.stringify([protocol, port, lastPort, program, state, openTo === 'any'])
    const other = known.get(key)
    known.set(key, other === undefined ? use : both(other, use))
  }
  return [...known.values()]
}

function both(one: PortUse, other: PortUse): PortUse {
  const sum =
    typeof one.openTo === 'number' && typeof other.openTo === 'number'
      ? { openTo: one.openTo + other.openTo }
      : {}
  return { ...one, families: [...one.families, ...other.families], ...sum }
}

function nameOf(
  { protocol, port, lastPort = port }: PortUse,
  services: readonly Service[],
): Pick<PortUse, 'service'> {
  const isIt = ({ from, to }: PortRange): boolean => from <= port && lastPort <= to
  const service =
    services.find((each) => each.protocol === protocol && each.ports.some(isIt))?.name ??
    (protocol === 'tcp' ? KNOWN_NAMES.get(port) : undefined)
  return service === undefined ? {} : { service }
}

const KNOWN_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(KNOWN_SERVICES)
    .filter(([name]) => !Object.hasOwn(SERVICE_ALIASES, name))
    .map(([name, port]) => [port, name]),
)

function byPort(one: PortUse, other: PortUse): number {
  return one.port - other.port || (one.protocol < other.protocol ? -1 : Number(one.protocol > other.protocol))
}
