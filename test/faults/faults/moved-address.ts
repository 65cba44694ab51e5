import type { Fault } from './faults.ts'
import type { Stage } from '../stage.ts'
import { onHost } from '../stage.ts'
import { stepsBetween } from '../steps.ts'

/** The host's address leads to a twin with the same host key from then on, as keepalived and clouds do it. */
export const MOVED_ADDRESS: Fault = {
  name: 'address-moved',
  ways: ['direct'],
  // Before it has said who it is, nobody knows another one
  steps: stepsBetween('examined', 'receipt'),
  needsPartner: true,
  strike: async (stage) => {
    const { host, partner } = stage
    if (partner === undefined) throw new Error('Expected another machine')
    await partner.succeed(TAKE_KEY, { input: await host.succeed(`cat ${KEY}`) })
    await onHost(stage, `ip address del ${host.address}/15 dev eth0`)
    await partner.succeed(`ip address add ${host.address}/15 dev eth0`)
    await stage.onController(leadsTo(stage, partner.address))
  },
  lift: async (stage) => {
    const { host, partner } = stage
    await partner?.succeed(`ip address del ${host.address}/15 dev eth0`)
    // Its sessions would wait for hours for a client that has been told by the twin that there are none
    await onHost(stage, `ip address add ${host.address}/15 dev eth0; ss -K dst 198.18.255.1 >/dev/null`)
    await stage.onController(leadsTo(stage, host.address))
  },
  allows: { unknown: true },
}

const KEY = '/etc/ssh/ssh_host_ed25519_key'
const TAKE_KEY = `cat >${KEY}; kill -HUP "$(cat /run/sshd.pid)"`

/** Forgets the former neighbour, and asks that the address is by now where that other one is. */
function leadsTo({ host }: Stage, sameAs: string): string {
  const hardware = (address: string) =>
    `$(nc -z -w 5 ${address} 22; ip neighbour show ${address} | sed 's/.*lladdr \\([^ ]*\\).*/\\1/')`
  return `ip neighbour flush to ${host.address}
[ "${hardware(host.address)}" = "${hardware(sameAs)}" ]`
}
