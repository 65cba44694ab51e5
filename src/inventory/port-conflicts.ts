import type { PortRange, Service } from '../model/service.ts'

/** A service whose port another, earlier one has too. */
export interface PortConflict {
  readonly service: string
  readonly other: string
  /** For messages: `tcp 993`. */
  readonly port: string
}

/** The first conflict of each service with an earlier one. */
export function portConflicts(services: readonly Service[]): readonly PortConflict[] {
  return services.flatMap((service, index) => {
    const conflicts = services.slice(0, index).flatMap((other) => conflictOf(service, other) ?? [])
    return conflicts.slice(0, 1)
  })
}

/** The first port that both have under the same protocol. */
export function conflictOf(service: Service, other: Service): PortConflict | undefined {
  if (service.protocol !== other.protocol) return undefined
  const shared = firstShared(service.ports, other.ports)
  return shared === undefined
    ? undefined
    : { service: service.name, other: other.name, port: `${service.protocol} ${shared}` }
}

/** Both are sorted, and none of their ranges overlap. */
function firstShared(ports: readonly PortRange[], others: readonly PortRange[]): number | undefined {
  const rest = others.values()
  let other = rest.next()
  for (const range of ports) {
    while (!other.done && other.value.to < range.from) other = rest.next()
    if (other.done) return undefined
    if (other.value.from <= range.to) return Math.max(range.from, other.value.from)
  }
  return undefined
}
