import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { LabHost } from '../lab/host.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import type { Run } from './mailfw.ts'
import { mailfw, OPEN } from './mailfw.ts'

/** What programs run on a host, and run again to take their rules back. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  wireguard: ['FORWARD -i wg0 -j ACCEPT', 'FORWARD -o wg0 -m state --state RELATED,ESTABLISHED -j ACCEPT'],
  openvpn: ['FORWARD -i tun+ -j ACCEPT', 'FORWARD -i ens3 -o tun0 -j ACCEPT'],
  wazuh: ['INPUT -s 198.51.100.79 -j DROP', 'FORWARD -s 198.51.100.79 -j DROP'],
  fail2ban: [
    'INPUT -m recent --update --seconds 3600 --name f2b-sshd -j REJECT --reject-with icmp-port-unreachable',
  ],
  proxmox: [
    'FORWARD -i fwbr100i0 -j ACCEPT',
    'FORWARD -m physdev --physdev-is-bridged --physdev-in veth101i0 -j DROP',
  ],
  mine: ['INPUT -i tun5 -p udp --dport 5000 -j ACCEPT'],
}

const CHAINS = `iptables -N PVEFW-INPUT; iptables -A PVEFW-INPUT -j RETURN; iptables -A INPUT -j PVEFW-INPUT
iptables -N InstanceServices; iptables -A InstanceServices -d 169.254.169.254 -p tcp --dport 80 -j ACCEPT
iptables -A OUTPUT -d 169.254.0.0/16 -j InstanceServices
iptables -N cphulk; iptables -A cphulk -s 198.51.100.80 -m state --state NEW -j DROP; iptables -I INPUT -j cphulk
iptables -N DOS_PROTECT; iptables -A DOS_PROTECT -p icmp -j RETURN; iptables -A INPUT -j DOS_PROTECT
iptables -N INPUT_FIREWALL; iptables -A INPUT_FIREWALL -j RETURN; iptables -A INPUT -j INPUT_FIREWALL
`
const KEPT = Object.values(PROGRAMS).flat()
const STRAY = [
  'INPUT -i wg0 -j ACCEPT',
  'INPUT -i vmbr0 -p tcp --dport 8006 -j ACCEPT',
  'FORWARD -s 10.8.0.0/24 -j ACCEPT',
]
const PRESERVE = { rules: ['-A INPUT -i INTERFACE -p udp --dport PORT -j ACCEPT'] }

describeLab('rules of known programs', () => {
  let lab: Lab
  let host: LabHost
  let inventory: string
  let refused: Run

  beforeAll(async () => {
    const rules = [...KEPT, ...STRAY].map((rule) => `iptables -I ${rule}`)
    lab = await createLab([{ name: 'mx1', setup: `${CHAINS}${rules.join('\n')}\n` }])
    host = lab.host('mx1')
    inventory = await lab.inventory({ all: { ...OPEN, mailfw_preserve: PRESERVE } })
    refused = await mailfw(lab, 'deploy', inventory)
  })
  afterAll(() => lab.close())

  const stands = (rule: string) => host.run(`iptables -C ${rule}`).then(({ code }) => code === 0)

  it('are not among those that a first deploy would take away', () => {
    const { code, removes = [] } = refused.host('mx1')
    expect(code).toBe('first-deploy-removes')
    expect(removes.map(({ line, owner }) => [line, owner])).toEqual([
      ['-A INPUT -i vmbr0 -p tcp -m tcp --dport 8006 -j ACCEPT', 'Proxmox or its administrator'],
      ['-A INPUT -i wg0 -j ACCEPT', 'WireGuard or another VPN'],
      ['-A FORWARD -s 10.8.0.0/24 -j ACCEPT', 'set by hand or by a program that mailfw does not know'],
    ])
  })

  it('stay through a deploy, a check and an enforce, which names what it takes', async () => {
    const deployed = await mailfw(lab, 'deploy', inventory, '--allow', 'first-deploy-removes')
    expect(deployed.host('mx1')).toMatchObject({ outcome: 'confirmed', removes: [{}, {}, {}] })
    expect((await mailfw(lab, 'check', inventory)).host('mx1').outcome).toBe('unchanged')
    await host.succeed(`iptables -A ${STRAY[0] ?? ''}`)
    const enforced = (await mailfw(lab, 'enforce', inventory)).host('mx1')
    expect(enforced.families.v4?.differences).toMatchObject([
      { line: '- -A INPUT -i wg0 -j ACCEPT', cause: 'host' },
    ])
    expect(await Promise.all(KEPT.map(stands))).toEqual(KEPT.map(() => true))
    expect(await Promise.all(STRAY.map(stands))).toEqual(STRAY.map(() => false))
    const live = await host.save('v4')
    for (const chain of ['PVEFW-INPUT', 'InstanceServices', 'cphulk', 'DOS_PROTECT', 'INPUT_FIREWALL'])
      expect(live).toMatch(new RegExp(`^-A (INPUT|OUTPUT) .*-j ${chain}$`, 'm'))
  })

  it("go by their owners' own commands", async () => {
    for (const rule of KEPT) await host.succeed(`iptables -D ${rule}`)
    expect((await mailfw(lab, 'check', inventory)).host('mx1').outcome).toBe('unchanged')
  })
})
