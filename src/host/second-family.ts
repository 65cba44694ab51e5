import { rememberFor } from '../lib/recent.ts'
import type { Family } from '../model/family.ts'
import { FAMILY } from '../model/family.ts'
import { contains, parseNetwork } from '../model/network.ts'
import type { Sources } from '../model/service.ts'
import type { Probe } from '../model/transport.ts'
import type { Visit } from './visit.ts'

const PROBE_SECONDS = 3

/**
 * What answered before the change, by address. It is asked once a run, and once more after the change: sshd counts each
 * connection without a login (sshd_config(5), PerSourcePenalties noauth; 1 s each by default, enforced from 15 s on).
 */
const before = rememberFor<Visit, Map<string, Promise<Probe>>>(() => new Map())

/** The other way into a host whose inventory names addresses of both families. */
export interface SecondFamily {
  readonly family: Family
  readonly address: string
  /** Our own address there, where nothing stands between. */
  readonly from?: string
}

/** The way in over the family that we are not connected by; nothing where the inventory gives no address of it. */
export function otherWayIn(visit: Visit, connected: Family): SecondFamily | undefined {
  const family = connected === 'v4' ? 'v6' : 'v4'
  const other = visit.host.settings.addresses.find(
    (network) => network.family === family && network.prefix === FAMILY[family].addressBits,
  )
  return other && { family, address: other.address }
}

/**
 * Looks, before the change, whether SSH answers in the family that we are not connected by. Resolves to nothing
 * where the inventory gives no such address, where it does not answer anyway, or where the rules mean to close it.
 */
export async function watchSecondFamily(visit: Visit, connected: Family): Promise<SecondFamily | undefined> {
  const { ssh } = visit.host.settings
  const other = otherWayIn(visit, connected)
  if (other === undefined || !ssh.families.includes(other.family)) return undefined
  const found = await probeOnce(visit, other.address)
  if (found.kind === 'failed' || !mayEnter(ssh.sources, found.from)) return undefined
  return { ...other, ...(found.from !== undefined && { from: found.from }) }
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

function probeOnce(visit: Visit, address: string): Promise<Probe> {
  const known = before(visit)
  const found = known.get(address) ?? probe(visit, address)
  known.set(address, found)
  return found
}

function probe(visit: Visit, address: string): Promise<Probe> {
  const { transport, abandon } = visit.context
  return transport.probe(visit.host, address, { signal: abandon, seconds: PROBE_SECONDS })
}
