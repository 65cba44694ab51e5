import { contains, parseNetwork } from '../model/network.ts'
import { parseRuleset } from './parse.ts'
import { readRule } from './rule-match.ts'

/** One new TCP connection, by address and port. */
export interface Entrance {
  readonly client: string
  readonly port: number
}

/**
 * The seconds in which a limit of the chain INPUT gives back one connection to a client; nothing if none counts it,
 * or if a rule that comes before accepts it. Throws RulesetError.
 */
export function secondsPerConnection(text: string, { client, port }: Entrance): number | undefined {
  const filter = parseRuleset(text).find(({ name }) => name === 'filter')
  for (const rule of filter?.chains.find(({ name }) => name === 'INPUT')?.rules ?? []) {
    const { protocol, ports, network, target } = readRule(rule)
    if (protocol?.name !== 'tcp' || ports === undefined || !mayHold(network, client)) continue
    if (ports.negated === ports.ranges.some(({ from, to }) => from <= port && port <= to)) continue
    const [, count, unit] = RATE.exec(rule) ?? []
    if (count !== undefined) return (SECONDS[unit ?? ''] ?? 1) / Number(count)
    if (target === 'ACCEPT') return undefined
  }
  return undefined
}

const RATE = / --(?:limit|hashlimit(?:-above|-upto)?) (\d+)\/([smhd])/
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }

/** Also if one of the two cannot be read. */
function mayHold(network: string | undefined, client: string): boolean {
  const [outer, inner] = [network, client].map((each) =>
    each === undefined ? undefined : parseNetwork(each),
  )
  if (outer === undefined || inner === undefined || 'problem' in outer || 'problem' in inner) return true
  return contains(outer, inner)
}
