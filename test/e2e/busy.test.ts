import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { CLOSED, isStep, mailfw, OPEN, startDeploy } from './mailfw.ts'

const contested = Array.from({ length: 6 }, (_, index) => `contested${index + 1}`)

describeLab('a host at which another mailfw is at work', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createLab([
      { name: 'held' },
      ...contested.map((name, index) => ({
        name,
        ...(index % 2 === 0 ? {} : { backend: 'legacy' as const, without: ['flock'] }),
      })),
    ])
  })
  afterAll(() => lab.close())

  it('is refused as busy, unchanged, and named with the attempt that it is busy with', async () => {
    const first = startDeploy(lab, await lab.inventory({ all: CLOSED }, 'closed.yaml'), '--limit', 'held')
    await first.until(isStep('held', 'confirm'))
    // The second has to come in although the first shuts everybody out
    await lab.host('held').succeed('iptables -I INPUT -s 198.18.255.2 -p tcp --dport 22 -j ACCEPT')
    await lab.controller(['ip', 'address', 'add', '198.18.255.2/15', 'dev', 'lab'])
    await lab.controller([
      'ip',
      'route',
      'replace',
      lab.host('held').address,
      'dev',
      'lab',
      'src',
      '198.18.255.2',
    ])
    const second = await mailfw(lab, 'deploy', await lab.inventory({ all: OPEN }), '--limit', 'held')
    expect(second.code).toBe(4)
    expect(second.host('held')).toMatchObject({ outcome: 'failed', code: 'busy' })
    expect(second.host('held').message).toMatch(
      /^an attempt of another run is pending on the host \(attempt [0-9a-f]{16} is applied, \d+ s until its guard reverts it\); run again after that, or decide by hand: mailfw status names the commands; nothing was changed$/,
    )
    await first.ended
  })

  it('ends as wanted by one of the two, and nothing of them is mixed', async () => {
    const small = await lab.inventory({ all: OPEN }, 'small.yaml')
    const large = await lab.inventory(
      { all: { ...OPEN, mailfw_services: { smtp: {}, pop3s: {} } } },
      'large.yaml',
    )
    const limit = ['--limit', 'contested*']
    const runs = await Promise.all([
      mailfw(lab, 'deploy', small, ...limit),
      mailfw(lab, 'deploy', large, ...limit),
    ])
    const checks = await Promise.all([
      mailfw(lab, 'check', small, ...limit),
      mailfw(lab, 'check', large, ...limit),
    ])
    for (const name of contested) {
      for (const run of runs) {
        const { outcome, code } = run.host(name)
        expect(['confirmed deployed', 'failed busy', 'failed live-changed']).toContain(`${outcome} ${code}`)
      }
      expect(runs.map((run) => run.host(name).outcome)).toContain('confirmed')
      expect(checks.map((check) => check.host(name).outcome)).toContain('unchanged')
    }
  })
})
