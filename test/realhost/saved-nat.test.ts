import { afterAll, beforeAll, expect, it } from 'vitest'
import { OVERRIDABLE_CODES } from '../../src/model/outcome.ts'
import { mailfw, OPEN } from '../e2e/mailfw.ts'
import type { Lab } from '../lab/lab.ts'
import { describeReal } from './describe-real.ts'
import { createRealLab } from './real-lab.ts'

const NAT = `# NAT of the office
*nat
:POSTROUTING ACCEPT [7:420]
[7:420] -A POSTROUTING -s 10.9.0.0/24 -o eth9 -j MASQUERADE
COMMIT
`
const SAVED = `${NAT}*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n`
const MASQUERADE = '-A POSTROUTING -s 10.9.0.0/24 -o eth9 -j MASQUERADE'
const OF_VPN = '-A POSTROUTING -s 10.8.0.0/24 -o eth9 -j MASQUERADE'

describeReal('NAT in the saved file of a real host', (image) => {
  let lab: Lab
  let inventory: string
  beforeAll(async () => {
    lab = await createRealLab(image, [{ name: 'mx1', saved: { v4: SAVED } }])
    inventory = await lab.inventory({ all: OPEN })
  })
  afterAll(() => lab.close())

  const nat = () => lab.host('mx1').succeed('iptables-save -t nat | grep ^-A')
  const ends = async (verb: 'deploy' | 'check' | 'enforce', ...words: string[]) => {
    const { outcome, code } = (await mailfw(lab, verb, inventory, ...words)).host('mx1')
    return [outcome, code]
  }

  it('is there after a deploy and a reboot, and what is saved of it later is not undone', async () => {
    const host = lab.host('mx1')
    expect(await ends('deploy', '--allow', OVERRIDABLE_CODES.join(','))).toEqual(['confirmed', 'deployed'])
    expect(await host.succeed('cat /etc/iptables/rules.v4')).toContain(NAT)
    await host.reboot()
    expect(await nat()).toBe(`${MASQUERADE}\n`)
    expect(await ends('check')).toEqual(['unchanged', 'as-wanted'])

    await host.succeed(`iptables -t nat ${OF_VPN}; netfilter-persistent save`)
    await host.succeed("sed -i '/--dport 993/d' /etc/iptables/rules.v4")
    expect(await ends('enforce')).toEqual(['confirmed', 'deployed'])
    await host.reboot()
    expect(await nat()).toBe(`${MASQUERADE}\n${OF_VPN}\n`)
    expect(await ends('check')).toEqual(['unchanged', 'as-wanted'])
  })
})
