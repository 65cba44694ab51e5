import { dump } from 'js-yaml'
import type { LabHost } from '../../lab/host.ts'
import type { HostSpec } from '../../lab/host-spec.ts'
import type { Lab } from '../../lab/lab.ts'
import type { Case } from '../cases.ts'
import { nameOf } from './fault-host.ts'
import { windowOf } from '../faults/window.ts'

type Vars = Readonly<Record<string, unknown>>

/** The file of a host on which mailfw runs: its inventory there. */
export const OWN_INVENTORY = '/etc/fleet.yaml'

/** The machine that a case has besides its host: a jump host, one behind it, or one that takes its address. */
export function partnerSpec({ fault, kind }: Case, index: number): readonly HostSpec[] {
  const needsOne = ['behind', 'jump'].includes(kind.way) || fault.needsPartner === true
  return needsOne ? [{ name: partnerName(index) }] : []
}

export function partnerOf(lab: Lab, index: number): LabHost | undefined {
  return lab.hosts.get(partnerName(index))
}

/** What an inventory says of a case's host and its partner, so that the host is come to by its way. */
export function wayVars(lab: Lab, { kind }: Case, index: number): Readonly<Record<string, Vars>> {
  const host = lab.host(nameOf(index))
  const partner = partnerOf(lab, index)
  const by = (name: string, vars: Vars) => ({ [name]: vars })
  const over = (jump: LabHost) => ({ ansible_ssh_common_args: `-J ${login(jump)}` })
  if (partner !== undefined && kind.way === 'behind') return by(host.name, over(partner))
  if (partner !== undefined && kind.way === 'jump') return by(partner.name, over(host))
  if (kind.way !== 'translated') return {}
  return by(host.name, {
    ansible_host: translated(index),
    ansible_ssh_common_args: `-o HostKeyAlias=${host.address}`,
  })
}

/** The IPv4 address by which the controller reaches a case's host first. */
export function dialled(lab: Lab, { kind }: Case, index: number): readonly LabHost['address'][] {
  const { address } = lab.host(nameOf(index))
  const partner = partnerOf(lab, index)
  if (partner !== undefined && kind.way === 'behind') return [partner.address, partner.address6]
  const { address6 } = lab.host(nameOf(index))
  return kind.way === 'translated' ? [translated(index), address, address6] : [address, address6]
}

/** Makes the way, beside what the hosts' own setup does. */
export async function layWay(lab: Lab, { kind, fault }: Case, index: number, all: Vars): Promise<void> {
  const host = lab.host(nameOf(index))
  if (kind.way === 'translated') {
    const words = ['-t', 'nat', '-A', 'OUTPUT', '-d', translated(index), '-j', 'DNAT', '--to', host.address]
    const { code, stderr } = await lab.controller(['iptables', '-w', ...words])
    if (code !== 0) throw new Error(`Expected an address to be translated, got: ${stderr}`)
  }
  if (kind.way === 'itself') {
    const own = { ansible_connection: 'local', mailfw_local: true, ...windowOf(fault) }
    const inventory = dump({ mail: { vars: all, hosts: { [host.name]: own } } })
    await host.succeed(`cat >${OWN_INVENTORY}`, { input: inventory })
  }
}

function partnerName(index: number): string {
  return `partner${index + 1}`
}

function translated(index: number): string {
  return `198.19.100.${index + 1}`
}

function login({ address, spec }: LabHost): string {
  return `${spec.user === 'sudo' ? 'admin' : 'root'}@${address}`
}
