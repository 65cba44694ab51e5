import type { Family } from '../model/family.ts'
import { FAMILIES } from '../model/family.ts'
import type { PortRange, Service, Sources } from '../model/service.ts'
import { KNOWN_SERVICES } from '../model/service.ts'
import { suggestion } from './nearest.ts'
import type { Setting, SettingReader } from './setting-reader.ts'
import { parsed } from './setting-reader.ts'
import type { ServiceSpec, SshSpec } from './setting-schema.ts'
import { SERVICE_SCHEMA } from './setting-schema.ts'
import { shown } from './shown.ts'
import type { SourceNames } from './sources.ts'
import { resolveSources } from './sources.ts'

const MOST_SERVICES = 200
const NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/

/** `unknown`: a name of a network that other hosts may know. */
export type Tell = (path: readonly string[], message: string, unknown?: string) => void

/** The finished services of `mailfw_services`, in the order of the inventory. Wrong ones are reported and left out. */
export function serviceList(
  setting: Setting<'mailfw_services'>,
  names: SourceNames,
  reader: SettingReader,
  tellIn: Tell,
): readonly Service[] {
  const services = Object.entries(setting.value)
  if (services.length > MOST_SERVICES) {
    reader.problem(setting.variable, [], `expected at most ${MOST_SERVICES} services, got ${services.length}`)
    return []
  }
  return services.flatMap(([name, written]) => {
    const tell: Tell = (path, ...fault) => {
      tellIn([name, ...path], ...fault)
    }
    const fault = nameFault(name)
    if (fault !== undefined) tell([], fault)
    const spec = written === null || fault !== undefined ? undefined : parsed(SERVICE_SCHEMA, written, tell)
    return (spec && serviceOf(name, spec, names, tell)) ?? []
  })
}

/** SSH as a service on the given port; a setting that is absent leaves it open to any. */
export function sshService(spec: SshSpec, port: number, names: SourceNames, tell: Tell): Service {
  return finished('ssh', { ...spec, protocol: 'tcp' }, [{ from: port, to: port }], names, tell)
}

function nameFault(name: string): string | undefined {
  if (name === 'ssh') return 'expected SSH under mailfw_ssh, for it cannot be switched off like a service'
  return NAME.test(name)
    ? undefined
    : `expected a service name of at most 32 lower-case letters, digits, "_" and "-", got ${shown(name)}`
}

function serviceOf(name: string, spec: ServiceSpec, names: SourceNames, tell: Tell): Service | undefined {
  const ports = portsOf(name, spec, tell)
  return ports === undefined ? undefined : finished(name, spec, ports, names, tell)
}

function portsOf(name: string, spec: ServiceSpec, tell: Tell): readonly PortRange[] | undefined {
  const known = Object.hasOwn(KNOWN_SERVICES, name) ? KNOWN_SERVICES[name] : undefined
  const single = spec.port ?? (spec.ports == null ? known : undefined)
  if (spec.port != null && spec.ports != null) tell(['ports'], 'expected port or ports, got both')
  else if (spec.ports?.length === 0) tell(['ports'], 'expected at least one port, got an empty list')
  else if (spec.ports != null) return united(spec.ports.map(rangeOf))
  else if (single !== undefined) return [rangeOf(single)]
  else {
    const meant = suggestion(name, Object.keys(KNOWN_SERVICES))
    tell([], `expected port or ports, for "${name}" is no service that is known by its name${meant}`)
  }
  return undefined
}

function rangeOf(port: number | PortRange): PortRange {
  return typeof port === 'number' ? { from: port, to: port } : port
}

/** Sorted, and ranges that share a port made one. */
function united(ranges: readonly PortRange[]): readonly PortRange[] {
  const result: PortRange[] = []
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1)
    if (last === undefined || range.from > last.to) result.push(range)
    else result[result.length - 1] = { from: last.from, to: Math.max(last.to, range.to) }
  }
  return result
}

function finished(
  name: string,
  spec: SshSpec & Pick<ServiceSpec, 'protocol'>,
  ports: readonly PortRange[],
  names: SourceNames,
  tell: Tell,
): Service {
  const sources = sourcesOf(spec.from ?? ['any'], names, tell)
  const families = FAMILIES.filter((family) => spec.families?.includes(family) ?? true)
  const reached = families.filter((family) => reaches(sources, family))
  if (reached.length === 0 && sources.length > 0) {
    tell(['families'], `expected a family that the sources belong to, got ${families.join(' and ')} alone`)
  }
  return {
    name,
    protocol: spec.protocol ?? 'tcp',
    ports,
    sources: spec.families == null ? sources : narrowed(sources, families),
    families: reached,
    ...(spec.limit == null ? {} : { limit: spec.limit }),
    ...(spec.connections == null ? {} : { connections: spec.connections }),
  }
}

function sourcesOf(from: readonly string[], names: SourceNames, tell: Tell): Sources {
  if (from.length === 0) tell(['from'], 'expected at least one source, got an empty list')
  if (from.length === 1 && from[0] === 'any') return 'any'
  return resolveSources(from, names, (index, message, unknown) => {
    const isAny = from[index] === 'any'
    tell(['from', String(index)], isAny ? 'expected "any" alone, for it covers the others' : message, unknown)
  })
}

function narrowed(sources: Sources, families: readonly Family[]): Sources {
  return sources === 'any' ? sources : sources.filter(({ family }) => families.includes(family))
}

function reaches(sources: Sources, family: Family): boolean {
  return sources === 'any' || sources.some((source) => source.family === family)
}
