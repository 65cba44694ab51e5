import type { LabHost } from '../lab/host.ts'
import type { Lab } from '../lab/lab.ts'

/** The controller's way to one host, which can be cut at the controller. */
export interface HostNetwork {
  /** Ends the connections there are; new ones can be made. */
  readonly reset: () => Promise<void>
  /** Packets to and from the host vanish. */
  readonly silence: () => Promise<void>
  readonly restore: () => Promise<void>
}

export function networkTo(lab: Lab, { address, address6 }: LabHost): HostNetwork {
  const run = async (script: string) => {
    const { code, stderr } = await lab.controller(['sh', '-c', script])
    if (code !== 0) throw new Error(`Expected the network to change, got: ${stderr}`)
  }
  const filter = (change: '-I' | '-D') =>
    [
      ['iptables', address],
      ['ip6tables', address6],
    ]
      .flatMap(([command, host]) => [
        `${command} -w ${change} INPUT -s ${host} -j DROP`,
        `${command} -w ${change} OUTPUT -d ${host} -j DROP`,
      ])
      .join(' && ')
  return {
    reset: () => run(`ss -K dst ${address} >/dev/null && ss -K dst [${address6}] >/dev/null`),
    silence: () => run(filter('-I')),
    restore: () => run(filter('-D')),
  }
}
