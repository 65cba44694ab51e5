import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { ban, stopJail, unban } from '../lab/programs/fail2ban.ts'
import { dockerRules } from '../lab/programs/rulesets.ts'
import { beforeCall } from './between-calls.ts'
import type { HostState } from './host-state.ts'
import { rulesOf, stateOf } from './host-state.ts'
import type { Run } from './mailfw.ts'
import { CLOSED, mailfw, OPEN } from './mailfw.ts'

const BEFORE = '198.18.255.2'
const MEANWHILE = '198.18.255.3'
const IN_THE_WINDOW = '198.18.255.4'
const STRANGERS = [BEFORE, MEANWHILE, IN_THE_WINDOW]

/** The second call is apply, the third confirm or revert. */
const BAN_BETWEEN_CALLS = beforeCall({ 2: ban(MEANWHILE), 3: ban(IN_THE_WINDOW) })
const banned = (backend: 'nf_tables' | 'legacy', docker: 27 | 28, isBannedBefore: boolean) => ({
  backend,
  rules: dockerRules(docker),
  ...BAN_BETWEEN_CALLS,
  setup: `${BAN_BETWEEN_CALLS.setup}${isBannedBefore ? ban(BEFORE) : ''}`,
})
const specs: readonly HostSpec[] = [
  { name: 'nft', ...banned('nf_tables', 28, true) },
  { name: 'legacy', ...banned('legacy', 27, true) },
  { name: 'first-ban-meanwhile', ...banned('nf_tables', 27, false) },
  { name: 'nft-closed', ...banned('nf_tables', 27, true) },
  { name: 'legacy-closed', ...banned('legacy', 28, true) },
  { name: 'first-ban-closed', ...banned('nf_tables', 28, false) },
]
const names = specs.map((spec) => spec.name)
const kept = names.filter((name) => !name.endsWith('closed'))
const reverted = names.filter((name) => name.endsWith('closed'))

describeLab('what other programs keep on a host', () => {
  let lab: Lab
  let before: ReadonlyMap<string, HostState>
  let run: Run
  beforeAll(async () => {
    lab = await createLab(specs)
    for (const address of STRANGERS)
      await lab.controller(['ip', 'address', 'add', `${address}/15`, 'dev', 'lab'])
    before = new Map(
      await Promise.all(names.map(async (name) => [name, await stateOf(lab.host(name))] as const)),
    )
    const hosts = Object.fromEntries(reverted.map((name) => [name, CLOSED]))
    run = await mailfw(lab, 'deploy', await lab.inventory({ all: OPEN, hosts }), '--max-failures', '9')
  })
  afterAll(() => lab.close())

  const isBannedBefore = (name: string) => !name.startsWith('first-ban')
  const live = async (name: string) => (await stateOf(lab.host(name))).live
  const foreign = (text: string) =>
    text.split('\n').filter((line) => /DOCKER|docker0|MASQUERADE|172\.17\.|f2b-/.test(line))

  it('is no reason to refuse the host', async () => {
    for (const name of kept) expect(run.host(name)).toMatchObject({ outcome: 'confirmed', code: 'deployed' })
    for (const name of reverted)
      expect(run.host(name)).toMatchObject({ outcome: 'reverted', code: 'locked-out' })
    for (const name of names) expect((await lab.host(name).run('cat /etc/call.log')).stdout).toBe('')
  })

  it.each(names)('is there afterwards, rule by rule, with the bans that came meanwhile: %s', async (name) => {
    const now = await live(name)
    const bans = rulesOf(now.v4, 'f2b-sshd').map((rule) => rule.split(' ')[3])
    expect(bans).toEqual([
      `${IN_THE_WINDOW}/32`,
      `${MEANWHILE}/32`,
      ...(isBannedBefore(name) ? [`${BEFORE}/32`] : []),
      'RETURN',
    ])
    const others = (text: string) => foreign(text).filter((line) => !line.includes('f2b-'))
    for (const family of ['v4', 'v6'] as const)
      expect(others(now[family])).toEqual(others(before.get(name)?.live[family] ?? ''))
  })

  it.each(names)('has its jump before every rule of ours: %s', async (name) => {
    const now = await live(name)
    expect(rulesOf(now.v4, 'INPUT')[0]).toBe('-A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd')
    expect(rulesOf(now.v4, 'FORWARD')[0]).toBe('-A FORWARD -j DOCKER-USER')
  })

  it.each(names)('still keeps out whom it banned, and nobody else: %s', async (name) => {
    const { address } = lab.host(name)
    const strangers = isBannedBefore(name) ? STRANGERS : [MEANWHILE, IN_THE_WINDOW]
    const reach = strangers.map((localAddress) => lab.connects('controller', address, 22, { localAddress }))
    expect(await Promise.all(reach)).not.toContain('open')
    expect(await lab.connects('controller', address, 22)).toBe('open')
  })

  it.each(kept)('is never saved: %s', async (name) => {
    const saved = await lab.host(name).succeed('cat /etc/iptables/rules.*')
    expect(foreign(saved)).toEqual([])
    expect(saved).toContain('--dport 993')
  })

  it.each(names)('can be taken away by its owner as if we had not been there: %s', async (name) => {
    await lab.host(name).succeed(unban(MEANWHILE) + unban(IN_THE_WINDOW))
    if (!isBannedBefore(name)) await lab.host(name).succeed(stopJail())
    if (reverted.includes(name)) expect(await stateOf(lab.host(name))).toEqual(before.get(name))
    await lab.host(name).succeed(isBannedBefore(name) ? stopJail() : 'true')
    expect((await live(name)).v4).not.toContain('f2b-')
  })

  it('is no drift', async () => {
    for (const name of kept) await lab.host(name).succeed(ban(BEFORE) + ban('2001:db8::bad'))
    const check = await mailfw(lab, 'check', await lab.inventory({ all: OPEN }), '--limit', kept.join(','))
    expect([check.code, check.summary]).toEqual([0, { unchanged: kept.length }])
  })
})
