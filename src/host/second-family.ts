import type { Family } from '../model/family.ts'
import { FAMILY } from '../model/family.ts'
import { contains, parseNetwork } from '../model/network.ts'
import type { Sources } from '../model/service.ts'
import type { Connection, Probe } from '../model/transport.ts'
import type { Visit } from './visit.ts'

const PROBE_SECONDS = 3

/** The other way into a host whose inventory names addresses of both families. */
export interface SecondFamily {
  readonly family: Family
  readonly address: string
}

/**
 * Looks, before the change, whether SSH answers in the family that we are not connected by. Resolves to nothing
 * where the inventory gives no such address, where it does not answer anyway, or where the rules mean to close it.
 */
export async function watchSecondFamily(
  visit: Visit,
  connection: Connection,
): Promise<SecondFamily | undefined> {
  const { ssh, addresses } = visit.host.settings
  const family: Family = connection.address.includes(':') ? 'v4' : 'v6'
  const other = addresses.find(
    (network) => network.family === family && network.prefix === FAMILY[family].addressBits,
  )
  if (other === undefined || !ssh.families.includes(family)) return undefined
  const found = await probe(visit, other.address)
  return found.kind !== 'failed' && mayEnter(ssh.sources, found.from)
    ? { family, address: other.address }
    : undefined
}

/**
 * Whether the rules mean to let us in. Only an IPv6 address is surely the one that the host sees; IPv4 is often
 * translated on the way.
 */
function mayEnter(sources: Sources, from: string | undefined): boolean {
  if (sources === 'any') return true
  const own = from === undefined ? undefined : parseNetwork(from)
  return (
    own !== undefined &&
    !('problem' in own) &&
    own.family === 'v6' &&
    sources.some((source) => contains(source, own))
  )
}

/** Whether SSH still answers there. */
export async function stillAnswers(visit: Visit, second: SecondFamily): Promise<boolean> {
  // A TCP handshake proves the firewall, whatever sshd says then.
  return (await probe(visit, second.address)).kind !== 'failed'
}

function probe(visit: Visit, address: string): Promise<Probe> {
  const { transport, abandon } = visit.context
  return transport.probe(visit.host, address, { signal: abandon, seconds: PROBE_SECONDS })
}
