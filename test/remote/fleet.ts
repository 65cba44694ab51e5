import { afterAll, beforeAll, vi } from 'vitest'
import type { HostSpec, RulesTexts } from '../lab/host-spec.ts'
import type { LabHost } from '../lab/host.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'

/** Every shell with every backend. */
export const KINDS = [
  { name: 'dash-nft', shell: 'dash', backend: 'nf_tables' },
  { name: 'busybox-nft', shell: 'busybox', backend: 'nf_tables' },
  { name: 'bash-nft', shell: 'bash', backend: 'nf_tables' },
  { name: 'dash-legacy', shell: 'dash', backend: 'legacy' },
  { name: 'busybox-legacy', shell: 'busybox', backend: 'legacy' },
  { name: 'bash-legacy', shell: 'bash', backend: 'legacy' },
] as const satisfies readonly HostSpec[]

/** What a host has before we come: rules typed by hand and a ban of fail2ban's. */
export const BEFORE: RulesTexts = {
  v4: beforeRules('192.0.2.66', 'icmp-port-unreachable'),
  v6: beforeRules('2001:db8:66::1', 'icmp6-port-unreachable'),
}

function beforeRules(banned: string, rejection: string): string {
  return [
    '*filter',
    ':INPUT DROP [0:0]',
    ':FORWARD ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ':f2b-sshd - [0:0]',
    ':old - [0:0]',
    '-A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd',
    '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT',
    '-A INPUT -p tcp -m tcp --dport 25 -j old',
    `-A f2b-sshd -s ${banned} -j REJECT --reject-with ${rejection}`,
    '-A f2b-sshd -j RETURN',
    '-A old -m comment --comment "typed by hand" -j ACCEPT',
    'COMMIT',
    '',
  ].join('\n')
}

/** A lab for the tests of a `describe`; hosts are asked for by name. */
export function useLab(specs: readonly HostSpec[]): {
  host: (name: string) => LabHost
  lab: () => Lab
} {
  vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })
  let lab: Lab | undefined
  beforeAll(async () => {
    lab = await createLab(specs)
  })
  afterAll(() => lab?.close())
  const get = () => {
    if (lab === undefined) throw new Error('Expected a lab, but it did not start')
    return lab
  }
  return { host: (name) => get().host(name), lab: get }
}
