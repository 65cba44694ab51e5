import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import type { Run } from './mailfw.ts'
import { mailfw, OPEN } from './mailfw.ts'

interface Drift {
  readonly script: string
  /** What check says of the IPv4 state. */
  readonly live: 'as-wanted' | 'differs'
  readonly saved: 'as-wanted' | 'differs' | 'absent'
  /** A line of the differences that check --diff shows. */
  readonly shows: string
}

const drifts: Readonly<Record<string, Drift>> = {
  'rule-added': {
    script: 'iptables -I INPUT -p tcp --dport 3306 -j ACCEPT',
    ...{ live: 'differs', saved: 'as-wanted', shows: '- -A INPUT -p tcp -m tcp --dport 3306 -j ACCEPT\n' },
  },
  'rule-removed': {
    script: 'iptables -D INPUT -p tcp -m tcp --dport 25 -m comment --comment smtp -j ACCEPT',
    ...{ live: 'differs', saved: 'as-wanted', shows: '+ -A INPUT -p tcp -m tcp --dport 25' },
  },
  'policy-changed': {
    script: 'iptables -P FORWARD ACCEPT',
    ...{ live: 'differs', saved: 'as-wanted', shows: '- :FORWARD ACCEPT\n+ :FORWARD DROP\n' },
  },
  'chain-added': {
    script: 'iptables -N spare',
    ...{ live: 'differs', saved: 'as-wanted', shows: '- :spare -\n' },
  },
  'saved-edited': {
    script: "sed -i 's/--dport 993/--dport 994/' /etc/iptables/rules.v4",
    ...{ live: 'as-wanted', saved: 'differs', shows: '' },
  },
  'saved-removed': {
    script: 'rm /etc/iptables/rules.v4',
    ...{ live: 'as-wanted', saved: 'absent', shows: '' },
  },
  flushed: {
    script: 'iptables -P INPUT ACCEPT; iptables -F; iptables -X',
    ...{ live: 'differs', saved: 'as-wanted', shows: '+ :INPUT DROP\n' },
  },
}
const names = Object.keys(drifts)
const commented = { name: 'commented' }

describeLab('a host that drifted', () => {
  let lab: Lab
  let check: Run
  let deploy: Run
  let after: Run
  beforeAll(async () => {
    lab = await createLab([...names.map((name) => ({ name })), commented])
    const inventory = await lab.inventory({ all: OPEN })
    await mailfw(lab, 'deploy', inventory)
    for (const [name, { script }] of Object.entries(drifts)) await lab.host(name).succeed(script)
    await lab.host(commented.name).succeed("sed -i '2i # do not forget the backup' /etc/iptables/rules.v6")
    check = await mailfw(lab, 'check', inventory, '--diff')
    deploy = await mailfw(lab, 'deploy', inventory)
    after = await mailfw(lab, 'check', inventory)
  })
  afterAll(() => lab.close())

  it.each(names)('is named by check: %s', (name) => {
    const { live, saved, shows } = drifts[name] ?? {}
    const { outcome, code, message, families } = check.host(name)
    expect([outcome, code, families.v4?.live, families.v4?.saved]).toEqual([
      'would-change',
      'drift',
      live,
      saved,
    ])
    expect([families.v6?.live, families.v6?.saved]).toEqual(['as-wanted', 'as-wanted'])
    expect(families.v4?.diff).toContain(shows)
    expect(message).toMatch(/; nothing was changed$/)
    expect(check.code).toBe(3)
  })

  it.each(names)('is mended by deploy and ends confirmed: %s', (name) => {
    expect(deploy.host(name)).toMatchObject({ outcome: 'confirmed', generation: 2, connections: 2 })
    expect(deploy.code).toBe(0)
    expect(after.host(name).outcome).toBe('unchanged')
  })

  it('is not one whose saved file has a comment more', async () => {
    expect(check.host(commented.name)).toMatchObject({ outcome: 'unchanged', connections: 1 })
    expect(deploy.host(commented.name).outcome).toBe('unchanged')
    expect(await lab.host(commented.name).succeed('cat /etc/iptables/rules.v6')).toContain('the backup')
  })
})
