import type { Lab } from '../../lab/lab.ts'

/** The controller's way to one host, which can be cut at the controller. */
export interface HostNetwork {
  /** Ends the connections there are; new ones can be made. */
  readonly reset: () => Promise<void>
  /** Packets to and from the host vanish. */
  readonly silence: () => Promise<void>
  /** Whether any packet has vanished since. */
  readonly hasDropped: () => Promise<boolean>
  readonly restore: () => Promise<void>
}

/** `addresses`: all by which the controller's packets to it and from it are known. */
export function networkTo(lab: Lab, addresses: readonly string[]): HostNetwork {
  const run = async (script: string) => {
    const { code, stderr } = await lab.controller(['sh', '-c', script])
    if (code !== 0) throw new Error(`Expected the network to change, got: ${stderr}`)
  }
  const filter = (change: '-I' | '-D') =>
    addresses
      .map((address) => [address.includes(':') ? 'ip6tables' : 'iptables', address])
      .flatMap(([command, address]) => [
        `${command} -w ${change} INPUT -s ${address} -j DROP`,
        `${command} -w ${change} OUTPUT -d ${address} -j DROP`,
      ])
      .join(' && ')
  return {
    // With -H nothing is printed if there was no connection
    reset: () => run(`[ -n "$(${addresses.map((address) => `ss -HK dst [${address}]`).join('; ')})" ]`),
    hasDropped: async () => {
      const { stdout } = await lab.controller(['sh', '-c', 'iptables-save -c; ip6tables-save -c'])
      const isOurs = (line: string) => addresses.some((address) => line.includes(` ${address}/`))
      return stdout.split('\n').some((line) => /^\[[1-9].*DROP/.test(line) && isOurs(line))
    },
    silence: () => run(filter('-I')),
    restore: () => run(filter('-D')),
  }
}
