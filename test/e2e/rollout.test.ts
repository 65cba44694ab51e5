import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { CLOSED, mailfw, MAILFW, OPEN, startDeploy } from './mailfw.ts'
import { converse } from './terminal.ts'

const NAMES = ['mx1', 'mx2', 'store1', 'store2', 'web']
/** What every host takes. */
const GOOD = { ...OPEN, mailfw_services: { smtp: {}, imaps: {}, https: {} } }

describeLab('a rollout', () => {
  let lab: Lab
  let inventory: string
  let next: string
  let bad: string
  beforeAll(async () => {
    lab = await createLab(NAMES.map((name) => ({ name })))
    inventory = await lab.inventory({ all: OPEN })
    next = await lab.inventory({ all: GOOD }, 'next.yaml')
    bad = await lab.inventory({ all: GOOD, hosts: { store2: CLOSED } }, 'bad.yaml')
    await mailfw(lab, 'deploy', inventory)
  })
  afterAll(() => lab.close())

  it('ends one batch before it begins the next', async () => {
    const run = startDeploy(lab, next, '--batch', '1,40%,100%')
    expect(await run.ended).toBe(0)
    const told = run.events.flatMap((event) => {
      if (event.event === 'batch') return [`batch ${event.batch} of ${event.of}`]
      return event.event === 'host' ? [event.host] : []
    })
    const [first, mx1, second, ...others] = told
    expect([first, mx1, second]).toEqual(['batch 1 of 3', 'mx1', 'batch 2 of 3'])
    expect(others.slice(0, 2).toSorted()).toEqual(['mx2', 'store1'])
    expect(others[2]).toBe('batch 3 of 3')
    expect(others.slice(3).toSorted()).toEqual(['store2', 'web'])
  })

  it('keeps the groups apart that the inventory says', async () => {
    const apart = await groupedInventory(lab, { apart: ['mx', 'store'] })
    const run = startDeploy(lab, apart)
    expect(await run.ended).toBe(0)
    const batches = run.events.flatMap((event) => (event.event === 'batch' ? [event.hosts] : []))
    expect(batches).toEqual([
      ['web', 'mx1', 'store1'],
      ['mx2', 'store2'],
    ])
  })

  it.each(['down', 'as wanted'])('is not let go on by a canary that is %s', async (how) => {
    const down = how === 'down' ? { ansible_host: '203.0.113.1' } : {}
    const hosts = { mx1: down, mx2: CLOSED, store1: CLOSED, store2: CLOSED, web: CLOSED }
    const closed = await lab.inventory({ all: OPEN, hosts }, 'closed.yaml')
    const run = startDeploy(lab, closed, '--batch', '1,100%', '--timeout', '3')
    expect(await run.ended).toBe(5)
    expect(run.host('mx2')).toMatchObject({ outcome: 'reverted', code: 'locked-out' })
    expect(run.events.filter(({ event }) => event === 'batch')).toMatchObject([{ batch: 1, hosts: ['mx2'] }])
    for (const name of ['store1', 'store2', 'web'])
      expect(run.host(name)).toMatchObject({ outcome: 'skipped', code: 'budget' })
  })

  it('stops at the batch in which too many hosts were reverted', async () => {
    await mailfw(lab, 'deploy', inventory)
    const run = await mailfw(lab, 'deploy', bad, '--batch', '3,1')
    expect(run.hosts.map(({ outcome }) => outcome)).toEqual([
      ...['confirmed', 'confirmed', 'confirmed'],
      ...['reverted', 'skipped'],
    ])
    expect(run.host('web')).toMatchObject({ code: 'budget' })
    expect(run.host('web').message).toBe(
      'not started, for 1 host did not keep the change; nothing was changed',
    )
    expect(run.code).toBe(5)
  })

  it('takes the hosts back that have the change already, and holds them', async () => {
    await mailfw(lab, 'deploy', inventory)
    const before = await lab.host('mx1').save('v4')
    const flags = ['--batch', '1,100%', '--when-exceeded', 'rollback', '--forks', '1']
    const run = await mailfw(lab, 'deploy', bad, ...flags)
    const { generation = 0 } = run.host('mx1')
    expect(run.host('mx1')).toMatchObject({ outcome: 'held', code: 'rolled-back' })
    expect(run.host('mx1').message).toBe(
      `brought to generation ${Number(generation) - 1} and then taken back to generation ${Number(generation) - 2}, for 1 host did not keep the change; held until a deploy with --release`,
    )
    expect(run.summary).toEqual({ held: 3, reverted: 1, skipped: 1 })
    expect(run.code).toBe(5)
    expect(await lab.host('mx1').save('v4')).toBe(before)
    const enforced = await mailfw(lab, 'enforce', bad, '--limit', 'mx1')
    expect(enforced.host('mx1').message).toContain('taken back by the rollout that brought it')
    const released = await mailfw(lab, 'deploy', next, '--release')
    expect(released.summary).toEqual({ confirmed: 5 })
  })

  it('says so where a host cannot be taken back, whose change stands', async () => {
    await mailfw(lab, 'deploy', inventory)
    const run = startDeploy(
      lab,
      bad,
      ...['--batch', '1,100%', '--when-exceeded', 'rollback', '--limit', 'mx1,store2', '--timeout', '3'],
    )
    await run.until((event) => event.event === 'host' && event.host === 'mx1')
    await lab.host('mx1').succeed('kill -STOP "$(cat /run/sshd.pid)"')
    expect(await run.ended).toBe(6)
    await lab.host('mx1').succeed('kill -CONT "$(cat /run/sshd.pid)"')
    const [last] = run.events.filter((event) => event.event === 'host' && event.host === 'mx1').slice(-1)
    expect(last).toMatchObject({ outcome: 'revert-failed', code: 'not-taken-back' })
    expect(last).toMatchObject({
      message: expect.stringMatching(
        /^brought to generation \d+, and to be taken back, for 1 host did not keep the change, but .*; the change stands$/,
      ) as string,
    })
    expect((await mailfw(lab, 'check', next, '--limit', 'mx1')).host('mx1').outcome).toBe('unchanged')
  })

  it('goes back batch by batch too', async () => {
    const run = await mailfw(lab, 'rollback', inventory, '--batch', '2', '--reason', 'for a test')
    expect(run.summary).toEqual({ confirmed: 5 })
    expect((await mailfw(lab, 'deploy', inventory, '--release')).code).toBe(0)
  })

  it('asks before each batch but the first, and starts no host after a no', async () => {
    await mailfw(lab, 'deploy', inventory, '--release')
    const words = [...MAILFW, 'deploy', next, '--batch', '2,1', '--ask-between']
    const { code, shown } = await converse(lab, words, ['y', 'y', 'n'], /\[y\/N\] $/)
    expect(shown).toContain('Apply to these 5 hosts, in 4 batches? [y/N] y')
    expect(shown).toContain('Batch 1 of 4 has ended: 2 confirmed. Go on with the next host? [y/N] y')
    expect(shown).toContain('Batch 2 of 4 has ended: 1 confirmed. Go on with the next host? [y/N] n')
    expect(shown).toMatch(/^5 hosts in .*: 3 confirmed, 2 skipped\r$/m)
    expect(shown).toContain('the answer was no before its batch; nothing was changed')
    expect(code).toBe(4)
    const yes = await converse(lab, [...words, '--yes', '--batch', '1'], ['n'], /\[y\/N\] $/)
    expect(yes.shown).not.toContain('Apply to')
    expect(yes.shown).toContain('Batch 1 of 2 has ended: 1 confirmed. Go on with the next host? [y/N] n')
    expect(yes.shown).toMatch(/^5 hosts in .*: 3 unchanged, 1 confirmed, 1 skipped\r$/m)
  })

  it('is not asked about where nobody could answer', async () => {
    const { code, stderr } = await lab.controller([...MAILFW, 'deploy', inventory, '--ask-between'])
    expect(code).toBe(2)
    expect(stderr).toBe(
      'mailfw: --ask-between: expected a terminal to ask on, and text for a person to read, got none. Nothing was contacted.\n',
    )
  })
})

/** The same hosts in the groups mx and store, with what a rollout is to be like. */
async function groupedInventory(lab: Lab, rollout: Readonly<Record<string, unknown>>): Promise<string> {
  const flat = hostVars(lab)
  const some = (pattern: RegExp) =>
    Object.fromEntries(Object.entries(flat).filter(([name]) => pattern.test(name)))
  const path = `${lab.home}/grouped.yaml`
  const all = {
    vars: { ansible_user: 'root', ...OPEN, mailfw_rollout: rollout },
    children: { mx: { hosts: some(/^mx/) }, store: { hosts: some(/^store/) } },
    hosts: some(/^web/),
  }
  await writeFile(path, JSON.stringify({ all }))
  return path
}

function hostVars(lab: Lab): Record<string, unknown> {
  return Object.fromEntries(
    [...lab.hosts.values()].map(({ name, address }) => [name, { ansible_host: address }]),
  )
}
