import type { StoppedPort } from './probe.ts'

/** Names that are listed; of the others there is their number. */
const MOST = 6

/** Which services stopped answering where, as a sentence without the state of the host. */
export function probeSentence(stopped: readonly StoppedPort[]): string {
  const silent = places(stopped.filter(({ now }) => now === 'silent'))
  const mute = places(stopped.filter(({ now }) => now === 'connected'))
  const sentences = []
  if (silent.length > 0)
    sentences.push(
      `${listed(silent)} answered before the change and ${silent.length === 1 ? 'does' : 'do'} not any more`,
    )
  if (mute.length > 0)
    sentences.push(
      `${listed(mute)} greeted before the change and only ${mute.length === 1 ? 'takes' : 'take'} connections now`,
    )
  return sentences.join('; ')
}

/** `smtp (port 25 at 192.0.2.1 and 2001:db8::1)` for each port. */
function places(ports: readonly StoppedPort[]): readonly string[] {
  const addresses = new Map<string, string[]>()
  for (const { service, port, address } of ports) {
    const name = `${service} (port ${port} at `
    addresses.set(name, [...(addresses.get(name) ?? []), address])
  }
  return [...addresses].map(([name, found]) => `${name}${found.join(' and ')})`)
}

function listed(names: readonly string[]): string {
  const [last = '', ...others] = names.slice(0, MOST).toReversed()
  const more = names.length - MOST
  if (more > 0) return `${[...others.toReversed(), last].join(', ')} and ${more} more`
  return others.length === 0 ? last : `${others.toReversed().join(', ')} and ${last}`
}
