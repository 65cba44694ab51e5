import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import type { HostState } from './host-state.ts'
import { stateOf } from './host-state.ts'
import type { Run } from './mailfw.ts'
import { mailfw, OPEN, TAKES_RULES } from './mailfw.ts'
import { NO_UNSHARE } from './no-unshare.ts'

const OLD = '*filter\n-A INPUT -p tcp --dport 25 -j ACCEPT\nCOMMIT\n'
const fine: readonly HostSpec[] = [
  { name: 'nft', setup: NO_UNSHARE },
  { name: 'legacy', backend: 'legacy', setup: NO_UNSHARE },
]
/** What the kernel of one family refuses, each told to the host by name. */
const refused = {
  'v4-nft': { spec: {}, rules: { v4: ['-A INPUT -m nosuchmatch -j ACCEPT'] } },
  'v6-nft': { spec: {}, rules: { v6: ['-A INPUT -m nosuchmatch -j ACCEPT'] } },
  'v6-legacy': { spec: { backend: 'legacy' }, rules: { v6: ['-A INPUT -m nosuchmatch -j ACCEPT'] } },
} as const
const refusing = Object.keys(refused)

describeLab('a host that allows no scratch namespace', () => {
  let lab: Lab
  let before: ReadonlyMap<string, HostState>
  let check: Run
  let deploy: Run
  beforeAll(async () => {
    lab = await createLab([
      ...fine,
      ...Object.entries(refused).map(([name, { spec }]) => ({
        name,
        ...spec,
        setup: NO_UNSHARE,
        rules: { v4: OLD, v6: OLD },
        saved: { v4: OLD, v6: OLD },
      })),
    ])
    before = new Map(
      await Promise.all(refusing.map(async (name) => [name, await stateOf(lab.host(name))] as const)),
    )
    const hosts = Object.fromEntries(
      Object.entries(refused).map(([name, { rules }]) => [name, { mailfw_extra_rules: rules }]),
    )
    const inventory = await lab.inventory({ all: OPEN, hosts })
    check = await mailfw(lab, 'check', inventory)
    deploy = await mailfw(lab, 'deploy', inventory, ...TAKES_RULES)
  })
  afterAll(() => lab.close())

  it.each(['nft', 'legacy'])(
    'cannot be compared before the first deploy, and is as wanted after it: %s',
    async (name) => {
      expect(check.host(name)).toMatchObject({ outcome: 'would-change', code: 'cannot-compare' })
      expect(check.host(name).families.v4).toMatchObject({ live: 'cannot-compare', saved: 'absent' })
      expect(deploy.host(name)).toMatchObject({ outcome: 'confirmed', connections: 2, generation: 1 })
      const inventory = await lab.inventory({ all: OPEN })
      const again = await mailfw(lab, 'deploy', inventory, '--limit', name, ...TAKES_RULES)
      expect(again.host(name)).toMatchObject({ outcome: 'unchanged', connections: 1 })
      await lab.host(name).succeed('iptables -I INPUT -p tcp --dport 3306 -j ACCEPT')
      const drifted = await mailfw(lab, 'check', inventory, '--limit', name)
      expect(drifted.host(name)).toMatchObject({ outcome: 'would-change', code: 'drift' })
    },
  )

  it.each(refusing)('keeps both families as they were where one is refused: %s', async (name) => {
    expect(deploy.host(name)).toMatchObject({ outcome: 'failed', code: 'apply-refused' })
    expect(deploy.host(name).message).toMatch(/nosuchmatch.*; nothing was changed$/)
    expect(await stateOf(lab.host(name))).toEqual(before.get(name))
  })
})
