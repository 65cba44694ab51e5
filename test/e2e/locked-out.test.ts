import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { handWrittenRules } from '../lab/programs/rulesets.ts'
import type { HostState } from './host-state.ts'
import { stateOf } from './host-state.ts'
import type { Run } from './mailfw.ts'
import { CLOSED, mailfw, OPEN, SHORTEST } from './mailfw.ts'

/** The session that the change ends can be seen no more, so that only the guard can act. */
const FORGETFUL = 'echo 0 >/proc/sys/net/netfilter/nf_conntrack_tcp_loose\n'
const OLD = handWrittenRules()
const GUARD_ACTED = 'nobody confirmed until the deadline'
const closed: readonly HostSpec[] = [
  { name: 'virgin' },
  { name: 'virgin-legacy', backend: 'legacy' },
  { name: 'old', rules: OLD, saved: OLD },
  { name: 'old-legacy', backend: 'legacy', rules: OLD, saved: OLD },
  { name: 'busybox', shell: 'busybox', rules: OLD, saved: OLD },
  { name: 'sudo', user: 'sudo', rules: OLD, saved: OLD },
]
const cutOff: readonly HostSpec[] = [
  { name: 'cut-off', setup: FORGETFUL },
  { name: 'cut-off-legacy', backend: 'legacy', setup: FORGETFUL },
]
const closedV6 = { name: 'v6-closed' }
const closedOfOurs = { name: 'v6-closed-from-ours' }
const meantV6 = { name: 'v6-not-for-us' }
const forgetful = { name: 'forgetful', setup: FORGETFUL }
const names = (specs: readonly HostSpec[]) => specs.map((spec) => spec.name)

describeLab('a host that is locked out', () => {
  let lab: Lab
  let before: ReadonlyMap<string, HostState>
  let run: Run
  beforeAll(async () => {
    lab = await createLab([...closed, ...cutOff, closedV6, closedOfOurs, meantV6, forgetful])
    before = await states()
    const inventory = await lab.inventory({
      all: CLOSED,
      hosts: {
        [closedV6.name]: { mailfw_ssh: { from: ['any'] }, mailfw_blocklist: ['2001:db8::/32'] },
        [closedOfOurs.name]: {
          mailfw_ssh: { from: ['198.18.0.0/15', '2001:db8::/32'] },
          mailfw_blocklist: ['2001:db8::/32'],
        },
        [meantV6.name]: { mailfw_ssh: { from: ['198.18.0.0/15', '2001:db8:ffff::9'] } },
        [forgetful.name]: { mailfw_ssh: { from: ['any'] } },
      },
    })
    run = await mailfw(lab, 'deploy', inventory, '--batch', '100%')
  })
  afterAll(() => lab.close())

  const states = async () =>
    new Map(
      await Promise.all(
        [...lab.hosts.values()].map(async (host) => [host.name, await stateOf(host)] as const),
      ),
    )

  const logOf = (name: string) => lab.host(name).succeed('cat /run/mailfw/attempt/log')

  it('ends the run with 5', () => {
    expect([run.code, run.exit]).toEqual([5, 5])
    expect(run.summary).toEqual({ confirmed: 2, reverted: closed.length + cutOff.length + 2 })
  })

  it.each(names(closed))('has its old rules back before the deadline: %s', async (name) => {
    const { outcome, code, message, connections, seconds } = run.host(name)
    expect([outcome, code, connections]).toEqual(['reverted', 'locked-out', 1])
    expect(await logOf(name)).not.toContain(GUARD_ACTED)
    expect(message).toMatch(/the old rules are back$/)
    // Half the window is spent on trying, the old connection does the rest
    expect(seconds).toBeGreaterThan(SHORTEST / 2)
    expect(seconds).toBeLessThan(SHORTEST / 2 + 10)
    expect(await stateOf(lab.host(name))).toEqual(before.get(name))
  })

  it.each(names(cutOff))('has them back from the guard where its old session died: %s', async (name) => {
    const { outcome, code, message, seconds } = run.host(name)
    expect([outcome, code]).toEqual(['reverted', 'locked-out'])
    expect(await logOf(name)).toContain(GUARD_ACTED)
    expect(message).toMatch(/the old rules are back$/)
    expect(seconds).toBeGreaterThan(SHORTEST - 1)
    expect(await stateOf(lab.host(name))).toEqual(before.get(name))
  })

  it.each(names([closedV6, closedOfOurs]))(
    'is one that only the second family shuts out: %s',
    async (name) => {
      const { outcome, code, message } = run.host(name)
      expect([outcome, code]).toEqual(['reverted', 'locked-out'])
      expect(message).toContain(lab.host(name).address6)
      expect(message).toMatch(/over IPv6; the old rules are back$/)
      expect(await stateOf(lab.host(name))).toEqual(before.get(name))
    },
  )

  it('is none whose second family is not meant to let us in', () => {
    expect(run.host(meantV6.name).outcome).toBe('confirmed')
  })

  it('is none whose change only ended the old session', () => {
    expect(run.host(forgetful.name)).toMatchObject({ outcome: 'confirmed', connections: 2, generation: 1 })
  })

  it.each(names([...closed, ...cutOff]))('answers again, over IPv4 and IPv6: %s', async (name) => {
    const { address, address6 } = lab.host(name)
    expect(await lab.connects('controller', address, 22)).toBe('open')
    expect(await lab.connects('controller', address6, 22)).toBe('open')
  })

  it('is deployed to by the next run as if nothing had been', async () => {
    const inventory = await lab.inventory({ all: OPEN })
    const next = await mailfw(lab, 'deploy', inventory)
    expect(next.code).toBe(0)
    expect(next.host('old')).toMatchObject({ outcome: 'confirmed', generation: 1 })
    expect(next.host('old').findings).toMatchObject([{ code: 'former-revert', severity: 'info' }])
  })
})
