import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Difference } from '../../src/model/outcome.ts'
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
  /** Lines of the differences that check --diff shows as text. */
  readonly shows: string
  /** Differences of the saved file. */
  readonly saves?: readonly string[]
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
    saves: [
      '- -A INPUT -p tcp -m tcp --dport 994 -m comment --comment imaps -j ACCEPT',
      '+ -A INPUT -p tcp -m tcp --dport 993 -m comment --comment imaps -j ACCEPT',
    ],
  },
  'saved-by-hand': {
    script: 'iptables -N f2b-x; iptables-save >/etc/iptables/rules.v4',
    ...{ live: 'as-wanted', saved: 'differs', shows: '' },
    saves: ['- :f2b-x -'],
  },
  'saved-garbled': {
    script: "printf '%s\\n' '*filter' 'no rules' >/etc/iptables/rules.v4",
    ...{ live: 'as-wanted', saved: 'differs', shows: '' },
    saves: [
      '# the saved file is no ruleset: line 2: expected ":CHAIN POLICY", "-A CHAIN …" or "COMMIT" in the table filter, got "no rules"',
      '+ :INPUT DROP',
    ],
  },
  'saved-removed': {
    script: 'rm /etc/iptables/rules.v4',
    ...{ live: 'as-wanted', saved: 'absent', shows: '' },
    saves: ['+ :INPUT DROP', '+ :FORWARD DROP', '+ :OUTPUT ACCEPT'],
  },
  flushed: {
    script: 'iptables -P INPUT ACCEPT; iptables -F; iptables -X',
    ...{ live: 'differs', saved: 'as-wanted', shows: '+ :INPUT DROP\n' },
  },
}
function linesOf(differences: readonly Difference[], where: Difference['in']): readonly string[] {
  return differences.filter((difference) => difference.in === where).map(({ line }) => line)
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
    const { live, saved, shows, saves = [] } = drifts[name] ?? {}
    const { outcome, code, message, families } = check.host(name)
    expect([outcome, code, families.v4?.live, families.v4?.saved]).toEqual([
      'would-change',
      'drift',
      live,
      saved,
    ])
    expect([families.v6?.live, families.v6?.saved]).toEqual(['as-wanted', 'as-wanted'])
    expect(families.v4?.diff).toContain(shows)
    const differences = families.v4?.differences ?? []
    expect(linesOf(differences, 'saved').slice(0, saves.length)).toEqual(saves)
    expect(new Set(differences.map(({ cause }) => cause))).toEqual(new Set(['host']))
    expect(message).toMatch(/: changed on the host; nothing was changed$/)
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
