import { lookup } from 'node:dns/promises'
import type { Route, Target } from '../target.ts'

/** What a host is known as, to those who are reached through it. */
export interface Known {
  readonly target: Target
  /** Where it was reached. */
  readonly address: string
  readonly names: readonly string[]
}

/** Whether a route leads over a host: as one of its jump hosts, or as the host of an `ssh -W` in its ProxyCommand. */
export async function leadsOver(route: Route, known: Known): Promise<boolean> {
  switch (route.kind) {
    case 'direct':
      return false
    case 'command':
      return commandLeadsOver(route.template, known)
    case 'jump':
      return (await isSame(route.hop, known)) || leadsOver(route.hop.route, known)
  }
}

async function isSame({ hostName, port }: Target, { target, address, names }: Known): Promise<boolean> {
  if (port !== target.port) return false
  if ([address, target.hostName, ...names].some((name) => name.toLowerCase() === hostName.toLowerCase()))
    return true
  const found = await lookup(hostName, { all: true }).catch(() => [])
  return found.some((each) => each.address === address)
}

function commandLeadsOver(template: string, { target, address, names }: Known): boolean {
  const words = template.split(/\s+/)
  const isForward = words.some((word) => word.startsWith('-W') || word === '-J')
  const hosts = words.map((word) => word.replace(/^.*@/, ''))
  return isForward && [address, target.hostName, ...names].some((name) => hosts.includes(name))
}
