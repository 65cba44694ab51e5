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
  const shared = service.ports.flatMap((range) =>
    other.ports.flatMap((taken) => sharedPort(range, taken) ?? []),
  )
  return shared[0] === undefined
    ? undefined
    : { service: service.name, other: other.name, port: `${service.protocol} ${shared[0]}` }
}

function sharedPort(a: PortRange, b: PortRange): number | undefined {
  const first = Math.max(a.from, b.from)
  return first <= Math.min(a.to, b.to) ? first : undefined
}
