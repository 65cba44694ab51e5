import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { stateOf } from './host-state.ts'
import type { Run } from './mailfw.ts'
import { mailfw, OPEN } from './mailfw.ts'

const MORE = { ...OPEN, mailfw_services: { ...OPEN.mailfw_services, pop3s: {} } }
const BY_HAND = 'iptables -A INPUT -p tcp --dport 9 -j ACCEPT'
const GENERATIONS = 'cd /var/lib/mailfw/generations'
/** More than an answer may hold, over all of them. */
const GROW = `for n in 5 6 7; do cp -r 2 $n; head -c 8000000 /dev/zero | tr '\\0' '#' >>$n/rules.v4; echo >>$n/rules.v4; done`

describeLab('going back further', () => {
  let lab: Lab
  let few: string
  let more: string
  const on = (
    name: string,
    verb: 'rollback' | 'history' | 'enforce' | 'check' | 'deploy',
    ...words: string[]
  ) => mailfw(lab, verb, more, '--limit', name, ...words)

  beforeAll(async () => {
    lab = await createLab(['pruned', 'damaged', 'large', 'reasons', 'late-ipv6'].map((name) => ({ name })))
    few = await lab.inventory({ all: OPEN })
    more = await lab.inventory({ all: MORE }, 'more.yaml')
    await lab.host('late-ipv6').succeed('sysctl -qw net.ipv6.conf.all.disable_ipv6=1')
    await mailfw(lab, 'deploy', few)
    await lab.host('late-ipv6').succeed('sysctl -qw net.ipv6.conf.all.disable_ipv6=0')
    expect((await mailfw(lab, 'deploy', more)).code).toBe(0)
  }, 120_000)
  afterAll(() => lab.close())

  it.concurrent(
    'is not to before mailfw where only that is kept beside the newest',
    async () => {
      await lab.host('pruned').succeed(`${GENERATIONS}; rm -r 1; cp -r 2 12; cp -r 2 11; rm -r 2`)
      const before = await stateOf(lab.host('pruned'))
      expect(ending(await on('pruned', 'rollback'), 'pruned')).toEqual(['confirmed', 'rolled-back'])
      const far = await on('pruned', 'rollback')
      expect(ending(far, 'pruned')).toEqual(['failed', 'no-generation'])
      expect(far.host('pruned').message).toContain('--to 0')
      expect(await stateOf(lab.host('pruned'))).toEqual(before)
      expect(ending(await on('pruned', 'rollback', '--to', '0'), 'pruned')).toEqual([
        'confirmed',
        'rolled-back',
      ])
    },
    60_000,
  )

  it.concurrent(
    'takes no generation for one whose rules were lost',
    async () => {
      await lab.host('damaged').succeed(`${GENERATIONS}; rm 1/rules.v4 2/rules.v4; ${BY_HAND}`)
      const before = await stateOf(lab.host('damaged'))
      const runs = [
        await on('damaged', 'rollback'),
        await on('damaged', 'history'),
        await mailfw(lab, 'enforce', few, '--only', 'host', '--limit', 'damaged'),
      ]
      expect(runs.map((run) => ending(run, 'damaged'))).toEqual([
        ['failed', 'no-generation'],
        ['failed', 'no-generation'],
        ['would-change', 'drift'],
      ])
      for (const run of runs)
        expect(run.host('damaged').message).toMatch(/the rules of generation \d are not on/)
      expect(await stateOf(lab.host('damaged'))).toEqual(before)
    },
    60_000,
  )

  it.concurrent(
    'is possible also where all generations are more than an answer holds',
    async () => {
      await lab.host('large').succeed(`${GENERATIONS}; ${GROW}; cp -r 2 8`)
      expect(ending(await on('large', 'rollback', '--to', '1'), 'large')).toEqual([
        'confirmed',
        'rolled-back',
      ])
      expect(ending(await on('large', 'rollback', '--to', '0'), 'large')).toEqual([
        'confirmed',
        'rolled-back',
      ])
    },
    60_000,
  )

  it.concurrent(
    'leaves IPv6 as it is where that was off then',
    async () => {
      const before = await stateOf(lab.host('late-ipv6'))
      expect(ending(await on('late-ipv6', 'rollback'), 'late-ipv6')).toEqual(['confirmed', 'rolled-back'])
      const after = await stateOf(lab.host('late-ipv6'))
      expect(after.live.v6).toBe(before.live.v6)
      expect(after.live.v4).not.toBe(before.live.v4)
      const { generations = [] } = (await on('late-ipv6', 'history')).host('late-ipv6')
      expect(generations[0]).toMatchObject({
        n: 3,
        again: 1,
        changes: { v4: [expect.any(String), expect.any(String)] },
      })
      expect(generations[0]?.changes?.v6).toBeUndefined()
      expect(ending(await on('late-ipv6', 'deploy', '--release'), 'late-ipv6')).toEqual([
        'confirmed',
        'deployed',
      ])
      expect(await stateOf(lab.host('late-ipv6'))).toEqual(before)
    },
    60_000,
  )

  it.concurrent(
    'is held for the last reason that was given',
    async () => {
      await on('reasons', 'rollback', '--reason', 'the first')
      const states = await stateOf(lab.host('reasons'))
      const again = await on('reasons', 'rollback', '--to', '1', '--reason', 'the second')
      expect(ending(again, 'reasons')).toEqual(['confirmed', 'rolled-back'])
      const check = await on('reasons', 'check')
      expect(check.host('reasons').hold).toMatchObject({ n: 4, again: 1, hold: 'the second' })
      expect(await stateOf(lab.host('reasons'))).toEqual(states)
    },
    60_000,
  )
})

function ending(run: Run, name: string): readonly [string, string] {
  const { outcome, code } = run.host(name)
  return [outcome, code]
}
