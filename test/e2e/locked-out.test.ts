import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { handWrittenRules } from '../lab/programs/rulesets.ts'
import { insteadOfVerb } from './between-calls.ts'
import type { HostState } from './host-state.ts'
import { stateOf } from './host-state.ts'
import type { Run } from './mailfw.ts'
import { CLOSED, mailfw, OPEN, SHORTEST, TAKES_RULES } from './mailfw.ts'

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
/** Something else than these rules shuts everybody out, just before the host answers. */
const SHUT = `iptables -t mangle -I INPUT -p tcp --dport 22 -m conntrack --ctstate NEW -j DROP
exec sh -c "$SSH_ORIGINAL_COMMAND" <$archive
`
const DRIFT = 'iptables -A INPUT -p tcp --dport 9 -j ACCEPT'
const shut: readonly HostSpec[] = [
  { name: 'shut-at-revert', rules: OLD, saved: OLD, ...insteadOfVerb({ revert: SHUT }) },
  { name: 'shut-at-confirm', rules: OLD, saved: OLD, ...insteadOfVerb({ confirm: `${DRIFT}\n${SHUT}` }) },
]
const names = (specs: readonly HostSpec[]) => specs.map((spec) => spec.name)

describeLab('a host that is locked out', () => {
  let lab: Lab
  let before: ReadonlyMap<string, HostState>
  let run: Run
  let shutRun: Run
  beforeAll(async () => {
    lab = await createLab([...closed, ...cutOff, closedV6, closedOfOurs, meantV6, forgetful, ...shut])
    before = await states()
    const inventory = await lab.inventory({
      all: CLOSED,
      hosts: {
        [closedV6.name]: { mailfw_ssh: { from: ['any'] }, mailfw_blocklist: ['2001:db8::/32'] },
        'shut-at-confirm': { mailfw_ssh: { from: ['any'] } },
        [closedOfOurs.name]: {
          mailfw_ssh: { from: ['198.18.0.0/15', '2001:db8::/32'] },
          mailfw_blocklist: ['2001:db8::/32'],
        },
        [meantV6.name]: { mailfw_ssh: { from: ['198.18.0.0/15', '2001:db8:ffff::9'] } },
        [forgetful.name]: { mailfw_ssh: { from: ['any'] } },
      },
    })
    const deploy = (limit: string) =>
      mailfw(lab, 'deploy', inventory, '--batch', '100%', '--limit', limit, ...TAKES_RULES)
    ;[run, shutRun] = await Promise.all([deploy('all:!shut*'), deploy('shut*')])
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

  it.each([
    ['shut-at-revert', 'do not let us in', 'inverse'],
    ['shut-at-confirm', 'not what was wanted', 'rebuild'],
  ])('is not called reverted if nobody gets in after the revert: %s', async (name, why, rung) => {
    const { outcome, code, message, rungs } = shutRun.host(name)
    expect([shutRun.code, outcome, code]).toEqual([6, 'unknown', 'reverted-not-reachable'])
    expect(message).toContain(why)
    expect(message).toContain(`; the host said "reverted" (IPv4 by ${rung}`)
    expect(rungs).toMatchObject({ v4: rung })
    // Connection 1 lives on; it is no proof.
    const undo = `${SHUT.split('\n')[0]?.replace('-I', '-D')}; ${DRIFT.replace('-A', '-D')}`
    await lab.host(name).succeed(`${undo} || :`)
    expect(await stateOf(lab.host(name))).toEqual(before.get(name))
  })

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
    const next = await mailfw(lab, 'deploy', inventory, '--limit', 'all:!shut*', ...TAKES_RULES)
    expect(next.code).toBe(0)
    expect(next.host('old')).toMatchObject({ outcome: 'confirmed', generation: 1 })
    expect(next.host('old').findings).toMatchObject([{ code: 'former-revert', severity: 'info' }])
  })
})
