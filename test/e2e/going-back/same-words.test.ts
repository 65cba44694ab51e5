import { afterAll, beforeAll, expect, it } from 'vitest'
import { OVERRIDABLE_CODES } from '../../../src/model/outcome.ts'
import { describeLab } from '../../lab/describe-lab.ts'
import type { Lab } from '../../lab/lab.ts'
import { createLab } from '../../lab/lab.ts'
import { rulesOf, stateOf } from '../host-state.ts'
import { mailfw, OPEN } from '../mailfw.ts'

const RULE = '-A INPUT -i docker0 -p udp -m udp --dport 53 -j ACCEPT'
const RULES = `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -s 198.51.100.1/32 -j ACCEPT\n${RULE}\nCOMMIT\n`
const ALLOW = ['--allow', OVERRIDABLE_CODES.join(',')]

describeLab('a rule of ours that another program had before us, word for word', () => {
  let lab: Lab
  let withRule: string
  let without: string
  beforeAll(async () => {
    lab = await createLab([
      { name: 'nft', rules: { v4: RULES } },
      { name: 'legacy', backend: 'legacy', rules: { v4: RULES } },
      { name: 'ours-alone' },
    ])
    withRule = await lab.inventory({ all: { ...OPEN, mailfw_extra_rules: { v4: [RULE] } } })
    without = await lab.inventory({ all: OPEN }, 'without.yaml')
  })
  afterAll(() => lab.close())

  const times = async (name: string) =>
    rulesOf((await stateOf(lab.host(name))).live.v4, 'INPUT').filter((line) => line === RULE).length

  it('is one rule while it is ours, and is left to the other program by a deploy and by going back', async () => {
    const before = await stateOf(lab.host('nft'))
    const beforeLegacy = await stateOf(lab.host('legacy'))
    expect((await mailfw(lab, 'deploy', withRule, ...ALLOW)).code).toBe(0)
    // The note is handed on from one receipt to the next
    const more = { ...OPEN, mailfw_services: { smtp: {} }, mailfw_extra_rules: { v4: [RULE] } }
    expect((await mailfw(lab, 'deploy', await lab.inventory({ all: more }, 'more.yaml'))).code).toBe(0)
    for (const name of lab.hosts.keys()) expect(await times(name)).toBe(1)
    expect((await mailfw(lab, 'deploy', without)).code).toBe(0)
    expect(await times('nft')).toBe(1)
    expect(await times('legacy')).toBe(1)
    expect(await times('ours-alone')).toBe(0)
    expect((await mailfw(lab, 'check', without)).summary).toEqual({ unchanged: 3 })

    expect((await mailfw(lab, 'deploy', withRule)).code).toBe(0)
    expect((await mailfw(lab, 'rollback', withRule, '--to', '0')).summary).toEqual({ confirmed: 3 })
    expect((await stateOf(lab.host('nft'))).live.v4).toBe(before.live.v4)
    expect((await stateOf(lab.host('legacy'))).live.v4).toBe(beforeLegacy.live.v4)
    expect(await times('ours-alone')).toBe(0)
  }, 120_000)
})
