import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import type { Run } from './mailfw.ts'
import { CLOSED, mailfw, OPEN } from './mailfw.ts'
import { COUNTED, visitsOf } from './visits.ts'

const REFUSED_EXTRA = { mailfw_extra_rules: { v4: ['-A INPUT -m nosuchmatch -j ACCEPT'] } }
/** Where nobody listens. */
const DEAD = { ansible_port: 2 }
const NOT_ROOT = { ansible_become: false }

describeLab('a run in which hosts do not keep the change', () => {
  let lab: Lab
  let run: Run
  let generous: Run
  beforeAll(async () => {
    lab = await createLab([
      { name: 'dead' },
      { name: 'refused' },
      { name: 'user', user: 'plain' },
      { name: 'fine' },
      { name: 'closed' },
      { name: 'closed-too' },
      { name: 'later' },
      { name: 'allowed', ...COUNTED },
      { name: 'over-budget' },
      { name: 'never', ...COUNTED },
    ])
    const hosts = {
      dead: DEAD,
      refused: REFUSED_EXTRA,
      user: NOT_ROOT,
      closed: CLOSED,
      'closed-too': CLOSED,
      allowed: CLOSED,
      'over-budget': CLOSED,
    }
    const inventory = await lab.inventory({ all: OPEN, hosts })
    const flags = ['--forks', '1']
    const others = 'allowed:over-budget:never'
    ;[run, generous] = await Promise.all([
      mailfw(lab, 'deploy', inventory, ...flags, '--limit', `all:${others.replaceAll(/(^|:)/g, '$1!')}`),
      mailfw(lab, 'deploy', inventory, ...flags, '--limit', others, '--max-failures', '1'),
    ])
  })
  afterAll(() => lab.close())

  it('is not stopped by hosts that are down or refuse', () => {
    expect(run.host('dead')).toMatchObject({
      outcome: 'unreachable',
      code: 'tcp',
      connections: 0,
      families: {},
    })
    expect(run.host('refused')).toMatchObject({ outcome: 'failed', code: 'rules-refused' })
    expect(run.host('user')).toMatchObject({ outcome: 'failed', code: 'not-root' })
    for (const name of ['dead', 'refused', 'user'])
      expect(run.host(name).message).toMatch(/; nothing was changed$/)
    expect(run.host('fine').outcome).toBe('confirmed')
  })

  it('starts no new host after the first one that was reverted', () => {
    expect(run.host('closed').outcome).toBe('reverted')
    for (const name of ['closed-too', 'later'])
      expect(run.host(name)).toMatchObject({
        outcome: 'skipped',
        code: 'budget',
        connections: 0,
        families: {},
      })
    expect(run.code).toBe(5)
    expect(run.summary).toEqual({ confirmed: 1, reverted: 1, unreachable: 1, failed: 2, skipped: 2 })
  })

  it('leaves a host untouched whose rules one family refuses, in both families', async () => {
    const host = lab.host('refused')
    expect(run.host('refused').message).toContain('nosuchmatch')
    expect([await host.save('v4'), await host.save('v6')].map((text) => text.includes('-A '))).toEqual([
      false,
      false,
    ])
    expect(await host.succeed('ls -A /etc/iptables; [ ! -e /var/lib/mailfw ]')).toBe('')
  })

  it('goes on as far as --max-failures allows', async () => {
    expect(generous.hosts.map((result) => result.outcome)).toEqual(['reverted', 'reverted', 'skipped'])
    expect((await visitsOf(lab.host('allowed'))).sessions).toBeGreaterThan(0)
    expect(generous.code).toBe(5)
  })

  it('never touches a host that was not started', async () => {
    expect(await visitsOf(lab.host('never'))).toEqual({ sessions: 0, calls: 0 })
    expect(await lab.host('never').save('v4')).toBe('')
  })
})
