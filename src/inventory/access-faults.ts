import type { Network } from '../model/network.ts'
import { contains, formatNetwork, overlaps } from '../model/network.ts'
import type { Service } from '../model/service.ts'

const MOST_BLOCKED = 500
/** Rules are looked through one by one, and each may become three. */
const MOST_OPENINGS = 20_000
/** One deploy connects up to three times, with retries; a person may log in beside it. */
const LEAST_SSH_BURST = 6

/** Controllers that SSH would not let in. */
export function controllerFault(controllers: readonly Network[], ssh: Service): string | undefined {
  const { sources } = ssh
  if (sources === 'any') return undefined
  const outside = controllers.find((controller) => !sources.some((source) => contains(source, controller)))
  return outside && `expected controllers that lie inside mailfw_ssh.from, got ${formatNetwork(outside)}`
}

/** A blocklist that is too long for plain rules, or that would shut a controller out. */
export function blocklistFault(
  blocked: readonly Network[],
  controllers: readonly Network[],
): string | undefined {
  if (blocked.length > MOST_BLOCKED) return `expected at most ${MOST_BLOCKED} networks, got ${blocked.length}`
  for (const controller of controllers) {
    const network = blocked.find((candidate) => overlaps(candidate, controller))
    if (network === undefined) continue
    return `expected no network that covers a controller, got ${formatNetwork(network)}, which covers ${formatNetwork(controller)}`
  }
  return undefined
}

/** More sources and ports than rules should be written for. */
export function openingsFault(
  services: readonly Service[],
  controllers: readonly Network[],
): string | undefined {
  const count = services.reduce((sum, service) => sum + openingsOf(service), controllers.length)
  if (count <= MOST_OPENINGS) return undefined
  return `expected services with at most ${MOST_OPENINGS} sources and ranges of ports in all, got ${count}`
}

function openingsOf({ sources, ports }: Service): number {
  return (sources === 'any' ? 1 : sources.length) * ports.length
}

/** A limit on SSH under which mailfw could lock itself out. */
export function sshLimitFault({ limit }: Service, controllers: readonly Network[]): string | undefined {
  if (limit === undefined || limit.burst >= LEAST_SSH_BURST || controllers.length > 0) return undefined
  return `expected a burst of at least ${LEAST_SSH_BURST} or mailfw_controllers, for a deploy connects several times, got ${limit.burst}`
}
