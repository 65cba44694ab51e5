import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { rulesOf } from './host-state.ts'
import { mailfw, OPEN } from './mailfw.ts'
import { NO_UNSHARE } from './no-unshare.ts'

/** iptables-save prints each of them with a mask, or without one, and deletes none of them as it is printed. */
const MISPRINTED = [
  '-A INPUT -p tcp --dport 2525 -m recent --name seen --set',
  '-A INPUT -p tcp --dport 2526 -m connlimit --connlimit-above 3 -j DROP',
  '-A INPUT -p tcp --dport 2527 -m conntrack --ctorigsrc 192.0.2.1/32 -j DROP',
  '-A INPUT -m policy --dir in --pol ipsec --strict --mode tunnel --tunnel-src 192.0.2.1/32 --tunnel-dst 192.0.2.2/32 -j DROP',
]
/** Of the words of another program's rules. */
const CLAIMED = '-A INPUT -i docker0 -p tcp -m tcp --dport 2528 -j ACCEPT'
const FOREIGN = '-A INPUT -i docker0 -p tcp -m tcp --dport 2529 -j ACCEPT'
const ANOTHER = '-A INPUT -p tcp -m tcp --dport 2530 -j ACCEPT'

const hosts = [
  { name: 'nft' },
  { name: 'legacy', backend: 'legacy' },
  { name: 'nft-no-unshare', setup: NO_UNSHARE },
  { name: 'legacy-no-unshare', backend: 'legacy', setup: NO_UNSHARE },
] as const

describeLab('rules that iptables-save prints in other words than they were written in', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createLab(hosts.map((host) => ({ ...host, rules: { v4: `*filter\n${FOREIGN}\nCOMMIT\n` } })))
  })
  afterAll(() => lab.close())

  it('are ours like all others: what stands beside them can change, and they go', async () => {
    const inventory = (name: string, rules: readonly string[]) =>
      lab.inventory({ all: { ...OPEN, mailfw_extra_rules: { v4: rules } } }, name)
    const without = await inventory('without.yaml', [])
    const few = await inventory('few.yaml', [CLAIMED, ...MISPRINTED])
    const more = await inventory('more.yaml', [ANOTHER, ...MISPRINTED, CLAIMED])
    for (const wanted of [few, more, few, without]) {
      const deploy = await mailfw(lab, 'deploy', wanted)
      expect([deploy.summary, deploy.hosts.map((host) => host.message)]).toEqual([
        { confirmed: hosts.length },
        expect.anything(),
      ])
      const check = await mailfw(lab, 'check', wanted)
      expect([check.code, check.summary]).toEqual([0, { unchanged: hosts.length }])
    }
    for (const { name } of hosts) {
      const [first, ...rest] = rulesOf(await lab.host(name).save('v4'), 'INPUT')
      expect(first).toBe(FOREIGN)
      expect(rest.filter((rule) => /25[23]\d|policy/.test(rule))).toEqual([])
    }
  })
})

describeLab('a set that rules of both families name', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createLab([{ name: 'mx1', setup: 'ipset create guests list:set' }])
  })
  afterAll(() => lab.close())

  it('is found by both', async () => {
    const rule = '-A INPUT -m set --match-set guests src -j DROP'
    const inventory = await lab.inventory({
      all: { ...OPEN, mailfw_extra_rules: { v4: [rule], v6: [rule] } },
    })
    const deploy = await mailfw(lab, 'deploy', inventory)
    expect(deploy.host('mx1')).toMatchObject({ outcome: 'confirmed' })
  })
})
