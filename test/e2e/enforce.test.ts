import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Cause, HostResult, Outcome } from '../../src/model/outcome.ts'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { statesOf } from './host-state.ts'
import type { Run } from './mailfw.ts'
import { isStep, MAILFW, mailfw, OPEN, startRun } from './mailfw.ts'
import { COUNTED, forgetVisits, visitsOf } from './visits.ts'

const BY_HAND = 'iptables -A INPUT -p tcp --dport 9 -j ACCEPT'
const MORE = { ...OPEN, mailfw_services: { ...OPEN.mailfw_services, pop3s: {} } }
/** Nobody waits for a host that is off. */
const AT_ONCE = ['--retry-seconds', '0']

const hosts: readonly HostSpec[] = [
  { name: 'fine', ...COUNTED },
  { name: 'live' },
  { name: 'saved', backend: 'legacy' },
  { name: 'never' },
]

describeLab('enforcing', () => {
  let lab: Lab
  let inventory: string
  let more: string

  beforeAll(async () => {
    lab = await createLab(hosts)
    inventory = await lab.inventory({ all: OPEN })
    more = await lab.inventory({ all: MORE }, 'more.yaml')
    await mailfw(lab, 'deploy', inventory, '--limit', 'all:!never')
  }, 120_000)
  afterAll(() => lab.close())

  it('puts back what somebody changed, touches no other host, and says which it was', async () => {
    const before = await statesOf(lab)
    await lab.host('live').succeed(BY_HAND)
    await lab.host('saved').succeed('echo "# rules of mine" >/etc/iptables/rules.v4')
    await forgetVisits(lab.host('fine'))
    const run = await mailfw(lab, 'enforce', inventory, '--limit', 'all:!never')
    expect(outcomesOf(run)).toEqual({ fine: 'unchanged', live: 'confirmed', saved: 'confirmed' })
    expect(run.code).toBe(0)
    expect(await statesOf(lab)).toEqual(before)
    expect(await visitsOf(lab.host('fine'))).toEqual({ sessions: 1, calls: 1 })
    expect(causesOf(run.host('live'))).toEqual(['host'])
    expect(run.host('live').message).toContain('changed on the host')
  }, 60_000)

  it('keeps yesterday, however often it puts the same rules back', async () => {
    for (let times = 0; times < 3; times++) {
      await lab.host('live').succeed(BY_HAND)
      expect(outcomesOf(await mailfw(lab, 'enforce', inventory, '--limit', 'live'))).toEqual({
        live: 'confirmed',
      })
    }
    const { generations = [] } = (await mailfw(lab, 'history', inventory, '--limit', 'live')).host('live')
    expect(generations.map(({ n, again }) => [n, again])).toEqual([
      [5, 1],
      [1, undefined],
      [0, undefined],
    ])
  }, 60_000)

  it('leaves what the inventory changed with --only host, and shows it', async () => {
    await lab.host('live').succeed(BY_HAND)
    const before = await statesOf(lab)
    const run = await mailfw(lab, 'enforce', more, '--only', 'host')
    expect(outcomesOf(run)).toEqual({
      fine: 'would-change',
      live: 'confirmed',
      saved: 'would-change',
      never: 'would-change',
    })
    expect(run.code).toBe(3)
    expect(causesOf(run.host('fine'))).toEqual(['inventory'])
    expect(causesOf(run.host('live'))).toEqual(['host'])
    const after = await statesOf(lab)
    for (const name of ['fine', 'saved', 'never']) expect(after.get(name)).toEqual(before.get(name))
    expect(after.get('live')?.live).toEqual(after.get('fine')?.live)
    const check = await mailfw(lab, 'check', more, '--limit', 'live')
    expect(causesOf(check.host('live'))).toEqual(['inventory'])
  }, 60_000)

  it('mends what the inventory changed without it, and makes no first deploy', async () => {
    const before = (await statesOf(lab)).get('never')
    const run = await mailfw(lab, 'enforce', more, '--allow', 'first-deploy-removes')
    const { never, ...others } = outcomesOf(run)
    expect([run.code, never, new Set(Object.values(others))]).toEqual([
      3,
      'would-change',
      new Set(['confirmed']),
    ])
    expect(run.host('never').message).toContain('enforce makes no first deploy')
    expect((await statesOf(lab)).get('never')).toEqual(before)
    expect(outcomesOf(await mailfw(lab, 'check', more, '--limit', 'fine'))).toEqual({ fine: 'unchanged' })
    await mailfw(lab, 'deploy', more, '--limit', 'never')
  }, 60_000)

  it('leaves at once where another one is at it, or waits', async () => {
    await lab.host('live').succeed('kill -STOP "$(cat /run/sshd.pid)"')
    const slow = startRun(lab, 'enforce', more, '--limit', 'live', '--timeout', '60')
    await slow.until(isStep('live', 'connect'))
    const leaves = await mailfw(lab, 'enforce', more)
    expect(leaves.hosts.map(({ outcome, code }) => [outcome, code])).toEqual(
      hosts.map(() => ['skipped', 'busy']),
    )
    expect(leaves.code).toBe(4)
    expect(leaves.host('fine').message).toMatch(
      /another mailfw enforce \(process \d+, since .*\) is at this inventory/,
    )
    const waits = mailfw(lab, 'enforce', more, '--wait', '--limit', 'fine')
    await lab.host('live').succeed('kill -CONT "$(cat /run/sshd.pid)"')
    expect(outcomesOf(await waits)).toEqual({ fine: 'unchanged' })
    expect(slow.events.some(({ event }) => event === 'end')).toBe(true)
  }, 60_000)

  it('contacts nobody where its lock cannot be written', async () => {
    const env = { XDG_STATE_HOME: '/proc/state' }
    const { code, stderr } = await lab.controller([...MAILFW, 'enforce', more], { env })
    expect(code).toBe(2)
    expect(stderr).toBe(
      "mailfw: /proc/state/mailfw: expected a directory that can be written, for the lock of this inventory, got: ENOENT: no such file or directory, mkdir '/proc/state'. Nothing was contacted.\n",
    )
  })

  it('tries a host again that cannot be reached, for as long as it was told', async () => {
    await lab.host('live').powerOff()
    const given = await mailfw(lab, 'enforce', more, '--limit', 'live', ...AT_ONCE)
    expect(outcomesOf(given)).toEqual({ live: 'unreachable' })
    const retried = mailfw(
      lab,
      'enforce',
      more,
      '--limit',
      'fine,live',
      '--timeout',
      '3',
      '--retry-seconds',
      '60',
    )
    await lab.host('live').powerOn()
    expect(outcomesOf(await retried)).toEqual({ fine: 'unchanged', live: 'unchanged' })
  }, 100_000)
})

function outcomesOf(run: Run): Readonly<Record<string, Outcome>> {
  return Object.fromEntries(run.hosts.map((host) => [host.host, host.outcome]))
}

function causesOf({ families }: HostResult): readonly Cause[] {
  const differences = [families.v4, families.v6].flatMap((state) => state?.differences ?? [])
  return [...new Set(differences.map(({ cause }) => cause))]
}
