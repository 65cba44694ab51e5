import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Outcome } from '../../src/model/outcome.ts'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { handWrittenRules } from '../lab/programs/rulesets.ts'
import type { HostState } from './host-state.ts'
import { statesOf } from './host-state.ts'
import type { Run } from './mailfw.ts'
import { MAILFW, mailfw, OPEN, TAKES_RULES } from './mailfw.ts'
import { converse } from './terminal.ts'

const OLD = handWrittenRules()
const REASON = 'senders are turned away; it\'s "urgent"'
const FEW = OPEN
const MORE = { ...OPEN, mailfw_services: { ...OPEN.mailfw_services, pop3s: {} } }

const hosts: readonly HostSpec[] = [
  { name: 'nft', rules: OLD, saved: OLD },
  { name: 'legacy', backend: 'legacy', rules: OLD, saved: OLD },
  { name: 'virgin', shell: 'busybox', user: 'sudo' },
  { name: 'not-saved', rules: OLD },
  { name: 'no-scratch', rules: OLD, saved: OLD, without: ['unshare'] },
  { name: 'no-ipv6', ipv6: false, rules: OLD, saved: OLD },
]

/** One host after another is no story: each test goes on where the one before it ended. */
describeLab('going back', () => {
  let lab: Lab
  let few: string
  let more: string
  let first: ReadonlyMap<string, HostState>
  let withFew: ReadonlyMap<string, HostState>
  let withMore: ReadonlyMap<string, HostState>

  beforeAll(async () => {
    lab = await createLab(hosts)
    few = await lab.inventory({ all: FEW })
    more = await lab.inventory({ all: MORE }, 'more.yaml')
    first = await statesOf(lab)
    outcomes(await mailfw(lab, 'deploy', few, ...TAKES_RULES), 'confirmed')
    withFew = await statesOf(lab)
    outcomes(await mailfw(lab, 'deploy', more), 'confirmed')
    withMore = await statesOf(lab)
  }, 120_000)
  afterAll(() => lab.close())

  it('brings back the generation before, live and saved, and holds it', async () => {
    const run = await mailfw(lab, 'rollback', more, '--reason', REASON)
    outcomes(run, 'confirmed')
    expect(run.code).toBe(0)
    for (const host of run.hosts) {
      expect(host).toMatchObject({
        code: 'rolled-back',
        generation: 3,
        hold: { n: 3, again: 1, hold: REASON },
      })
      expect(host.message).toContain(
        'rolled back to generation 1, confirmed and saved as generation 3, and held',
      )
    }
    expect(await statesOf(lab)).toEqual(withFew)
  }, 60_000)

  it.each([
    ['check', 3],
    ['status', 3],
    ['enforce', 0],
    ['deploy', 4],
  ] as const)('is held to %s, which changes nothing', async (verb, code) => {
    const run = await mailfw(lab, verb, more)
    outcomes(run, 'held')
    expect(run.code).toBe(code)
    expect(run.host('nft').message).toContain(`held since a rollback to generation 1 by `)
    expect(run.host('nft').message).toContain('senders are turned away')
    expect(await statesOf(lab)).toEqual(withFew)
  })

  it('is where it was asked to be already', async () => {
    const run = await mailfw(lab, 'rollback', more, '--to', '1')
    outcomes(run, 'unchanged')
    expect(run.host('nft').message).toContain('held already')
  })

  it('is asked about on a terminal', async () => {
    const words = [...MAILFW, 'deploy', few, '--limit', 'nft']
    const { code, shown } = await converse(lab, words, ['n'], /\[y\/N\] $/)
    expect(shown).toContain('nft is held after a rollback. Release it, and deploy there too? [y/N] n')
    expect(shown).toMatch(/^ {2}mailfw deploy .* --limit nft --release\r$/m)
    expect(code).toBe(4)
  })

  it('is said to be all that differs, where no rule does', async () => {
    const words = [...MAILFW, 'deploy', few, '--limit', 'nft', '--release']
    const { code, shown } = await converse(lab, words, ['n'], /\[y\/N\] $/)
    expect(shown.replaceAll(/\s+/g, ' ')).toContain('no rule differs, only whether and why the host is held')
    expect(code).toBe(4)
  })

  it('shows on a terminal what a rollback would change, and asks', async () => {
    const words = [...MAILFW, 'rollback', few, '--limit', 'nft', '--to', '2']
    const { code, shown } = await converse(lab, words, ['n'], /\[y\/N\] $/)
    expect(shown).toContain('the rollback changes it')
    expect(shown).toMatch(/^ {4}\+ -A INPUT -p tcp .*995.* -j ACCEPT\r$/m)
    expect(shown).toContain('Apply to nft? [y/N] n')
    expect(code).toBe(4)
    expect(await statesOf(lab)).toEqual(withFew)
  })

  it('is released by a deploy that is told to, also where no rule differs', async () => {
    const same = await mailfw(lab, 'deploy', few, '--release', '--limit', 'nft')
    outcomes(same, 'confirmed')
    expect(same.host('nft')).toMatchObject({ generation: 4 })
    expect(same.host('nft').hold).toBeUndefined()
    outcomes(await mailfw(lab, 'check', few, '--limit', 'nft'), 'unchanged')
    outcomes(await mailfw(lab, 'deploy', more, '--release'), 'confirmed')
    expect(await statesOf(lab)).toEqual(withMore)
  }, 60_000)

  it('knows no generation that is not there', async () => {
    const run = await mailfw(lab, 'rollback', more, '--to', '77')
    outcomes(run, 'failed')
    expect(run.host('virgin')).toMatchObject({ code: 'no-generation' })
    expect(run.host('virgin').message).toContain(
      'there is no generation 77 on the host: it keeps 0, 1, 2, 3 and 4',
    )
    expect(await statesOf(lab)).toEqual(withMore)
  })

  it('brings back what was there before mailfw, the saved files or their absence too', async () => {
    const run = await mailfw(lab, 'rollback', more, '--to', '0', '--reason', 'no more')
    outcomes(run, 'confirmed')
    expect(run.host('nft').message).toContain('rolled back to what was there before mailfw')
    expect(await statesOf(lab)).toEqual(first)
    const held = await mailfw(lab, 'check', more)
    outcomes(held, 'held')
    for (const name of hosts.map((host) => host.name)) {
      const { v4 } = held.host(name).families
      expect([name, v4?.differences?.filter(({ cause }) => cause === 'host')]).toEqual([name, []])
    }
  }, 60_000)

  it('has it still after a reboot, and comes forward again', async () => {
    await Promise.all([...lab.hosts.values()].map((host) => host.reboot()))
    const { saved } = (await statesOf(lab)).get('nft') ?? {}
    expect(saved).toBe(first.get('nft')?.saved)
    outcomes(await mailfw(lab, 'deploy', more, '--release'), 'confirmed')
    const states = await statesOf(lab)
    // What nobody had saved, in tables that are not ours, went with the reboot.
    const others = hosts.filter(({ name }) => name !== 'not-saved').map(({ name }) => name)
    for (const name of others) expect([name, states.get(name)]).toEqual([name, withMore.get(name)])
  }, 60_000)

  describe('history', () => {
    it('lists who made what, when, and what it changed', async () => {
      const run = await mailfw(lab, 'history', more)
      outcomes(run, 'unchanged')
      expect(run.code).toBe(0)
      const { generations = [] } = run.host('legacy')
      expect(generations.map(({ n, again, hold }) => [n, again, hold])).toEqual([
        [6, undefined, undefined],
        [5, 0, 'no more'],
        [4, undefined, undefined],
        [3, 1, REASON],
        [2, undefined, undefined],
        [1, undefined, undefined],
        [0, undefined, undefined],
      ])
      expect(generations[4]?.changes?.v4).toEqual([
        '*filter',
        expect.stringMatching(/^\+ -A INPUT -p tcp .*--dports? .*995.* -j ACCEPT$/),
      ])
      expect(generations[0]?.by).toMatch(/^.+@.+$/)
      expect(generations[0]?.version).toBe('1.0.0')
    })

    it('compares two generations', async () => {
      const run = await mailfw(lab, 'history', more, '--compare', '2', '1', '--limit', 'legacy')
      const { generations = [] } = run.host('legacy')
      expect(generations.map(({ n }) => n)).toEqual([1])
      expect(generations[0]?.changes?.v4?.[1]).toMatch(/^- -A INPUT .*995/)
      expect(generations[0]?.against).toBe(2)
    })

    it('tells where live is not the newest generation any more', async () => {
      await lab.host('nft').succeed('iptables -A INPUT -p tcp --dport 9 -j ACCEPT')
      const run = await mailfw(lab, 'history', more, '--limit', 'nft')
      outcomes(run, 'would-change')
      expect(run.code).toBe(3)
    })
  })
})

function outcomes(run: Run, outcome: Outcome): void {
  const found = run.hosts.map((host) => [host.host, host.outcome, host.message])
  expect(found).toEqual(run.hosts.map((host) => [host.host, outcome, host.message]))
}
