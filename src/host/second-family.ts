import type { Family } from '../model/family.ts'
import { FAMILY } from '../model/family.ts'
import type { Connection } from '../model/transport.ts'
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
  // Whether we may enter by an address of ours that we do not know cannot be foretold.
  if (other === undefined || ssh.sources !== 'any' || !ssh.families.includes(family)) return undefined
  const answers = await probe(visit, other.address)
  return answers ? { family, address: other.address } : undefined
}

/** Whether SSH still answers there. */
export function stillAnswers(visit: Visit, second: SecondFamily): Promise<boolean> {
  return probe(visit, second.address)
}

async function probe(visit: Visit, address: string): Promise<boolean> {
  const { transport, abandon } = visit.context
  const found = await transport.probe(visit.host, address, { signal: abandon, seconds: PROBE_SECONDS })
  // A TCP handshake proves the firewall, whatever sshd says then.
  return found.kind !== 'failed'
}
