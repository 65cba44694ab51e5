import type { Addresses } from './network.ts'

/** A host as its neighbours know it. */
export interface NamedHost extends Addresses {
  readonly name: string
  readonly port: number
  readonly publicKey: string
}

/** The /etc/hosts of every host and of the controller. */
export function hostsFile(hosts: readonly NamedHost[]): string {
  const lines = hosts.flatMap(({ name, address, address6 }) => [`${address} ${name}`, `${address6} ${name}`])
  return `127.0.0.1 localhost\n::1 localhost\n${lines.map((line) => `${line}\n`).join('')}`
}

/** The known_hosts of somebody who has logged in everywhere, by name and by both addresses. */
export function knownHosts(hosts: readonly NamedHost[]): string {
  return hosts.map((host) => `${knownNames(host).join(',')} ${keyOf(host)}\n`).join('')
}

function knownNames({ name, address, address6, port }: NamedHost): readonly string[] {
  const names = [name, address, address6]
  return port === 22 ? names : names.map((each) => `[${each}]:${port}`)
}

function keyOf({ publicKey }: NamedHost): string {
  return publicKey.split(' ').slice(0, 2).join(' ')
}
