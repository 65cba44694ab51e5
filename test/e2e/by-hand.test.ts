import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { handWrittenRules } from '../lab/programs/rulesets.ts'
import type { HostState } from './host-state.ts'
import { stateOf } from './host-state.ts'
import { MAILFW, mailfw, OPEN } from './mailfw.ts'
import { BREAK_RESTORE, hanging, KILL_GUARD, leavePending, MEND_RESTORE } from './pending.ts'

const OLD = handWrittenRules()
const old = { rules: OLD, saved: OLD }
const SLOW = { ...OPEN, mailfw_confirm_seconds: 600 }
const OTHER_ID = '0123456789abcdef'

const kinds: readonly HostSpec[] = [
  { name: 'nft', ...old },
  { name: 'legacy', backend: 'legacy', ...old },
  { name: 'busybox', shell: 'busybox', without: ['flock'] },
  { name: 'no-ipv6', ipv6: false },
  { name: 'sudo', user: 'sudo', ...old },
  { name: 'guardless', ...old },
]
const others: readonly HostSpec[] = [
  { name: 'decided', ...old },
  { name: 'elsewhere', ...old },
  { name: 'meddled', ...old },
  { name: 'broken', ...old },
  { name: 'rebooted', ...old },
  { name: 'nat', ...old },
]
const pendingNames = [...kinds, ...others].map((spec) => spec.name)

describeLab('a pending attempt, decided by hand', () => {
  let lab: Lab
  let inventory: string
  let ids: ReadonlyMap<string, string>
  const before = new Map<string, HostState>()
  const idOf = (name: string) => ids.get(name) ?? ''
  const act = (verb: 'confirm' | 'revert', name: string, ...more: readonly string[]) =>
    mailfw(lab, verb, inventory, name, idOf(name), ...more)
  const stateFile = async (name: string) =>
    (await lab.host(name).run('ls /run/mailfw/attempt | grep ^state')).stdout.trim()

  beforeAll(async () => {
    lab = await createLab([...[...kinds, ...others].map(hanging), { name: 'virgin' }])
    inventory = await lab.inventory({ all: SLOW, hosts: { nat: { mailfw_templates: 'nat' } } })
    await lab.controller(['sh', '-c', NAT_TEMPLATE, 'sh', `${import.meta.dirname}/../../templates`])
    for (const name of pendingNames) before.set(name, await stateOf(lab.host(name)))
    ids = await leavePending(lab, inventory, pendingNames)
    await lab.host('guardless').succeed(KILL_GUARD)
  })
  afterAll(() => lab.close())

  it.concurrent.each(kinds.map(({ name }) => name))('is kept by confirm: %s', async (name) => {
    const run = await act('confirm', name)
    expect([run.code, run.summary]).toEqual([0, { confirmed: 1 }])
    expect(run.host(name)).toMatchObject({ outcome: 'confirmed', code: 'deployed', generation: 1 })
    expect(run.host(name).connections).toBe(2)
    const check = await mailfw(lab, 'check', inventory, '--limit', name)
    expect(check.host(name)).toMatchObject({ outcome: 'unchanged', generation: 1 })
    expect(await lab.host(name).run('ls /run/mailfw/attempt')).toMatchObject({ stdout: '' })
  })

  it('that is confirmed already is no fault to confirm, and too late to revert', async () => {
    const again = await act('confirm', 'nft')
    expect(again.code).toBe(0)
    expect(again.host('nft')).toMatchObject({ outcome: 'confirmed', connections: 1 })
    expect(again.host('nft').message).toMatch(
      /was confirmed before by hand by .+@.+, and saved as generation 1; nothing was/,
    )
    const state = await stateOf(lab.host('nft'))
    const revert = await act('revert', 'nft')
    expect(revert.code).toBe(4)
    expect(revert.host('nft')).toMatchObject({ outcome: 'failed', code: 'already-confirmed' })
    expect(await stateOf(lab.host('nft'))).toEqual(state)
  })

  it('may be confirmed by somebody else, with a copy of the inventory, in whose name it is kept', async () => {
    const copy = await lab.inventory({ all: SLOW }, 'copy.yaml')
    const words = ['env', 'SUDO_USER=alice', ...MAILFW, 'confirm', copy, 'elsewhere', idOf('elsewhere')]
    expect((await lab.controller(words)).code).toBe(0)
    const status = await mailfw(lab, 'status', copy, '--limit', 'elsewhere')
    expect(status.code).toBe(0)
    expect(status.host('elsewhere').generation).toMatchObject({
      n: 1,
      by: expect.stringMatching(/^alice@./) as string,
    })
  })

  it('of other rules than the inventory has is not confirmed, and stays armed', async () => {
    const changed = await lab.inventory(
      { all: { ...SLOW, mailfw_services: { smtp: {}, pop3s: {} } } },
      'changed.yaml',
    )
    const run = await mailfw(lab, 'confirm', changed, 'decided', idOf('decided'))
    expect(run.code).toBe(4)
    expect(run.host('decided')).toMatchObject({
      outcome: 'failed',
      code: 'other-rules',
      pending: { id: idOf('decided') },
    })
    expect(run.host('decided').message).toMatch(
      /was made of other rules than the inventory has now; the guard of attempt [0-9a-f]{16} puts the old rules back in \d+ s; nothing was changed$/,
    )
    expect(await stateFile('decided')).toBe('state.applied')
    expect(await lab.host('decided').run(KILL_GUARD.replace('kill -9', 'kill -0'))).toMatchObject({ code: 0 })
  })

  it('is not touched by the id of another', async () => {
    for (const verb of ['confirm', 'revert'] as const) {
      const run = await mailfw(lab, verb, inventory, 'decided', OTHER_ID)
      expect(run.code).toBe(4)
      expect(run.host('decided')).toMatchObject({ outcome: 'failed', code: 'other-attempt' })
      expect(run.host('decided').message).toContain(idOf('decided'))
    }
    expect(await stateFile('decided')).toBe('state.applied')
  })

  it('is put back by revert, which is harmless twice, and then too late to confirm', async () => {
    for (const connections of [1, 1]) {
      const run = await act('revert', 'decided')
      expect([run.code, run.exit]).toEqual([0, 0])
      expect(run.host('decided')).toMatchObject({ outcome: 'reverted', code: 'by-hand', connections })
      expect(await stateOf(lab.host('decided'))).toEqual(before.get('decided'))
    }
    const late = await act('confirm', 'decided')
    expect(late.code).toBe(5)
    expect(late.host('decided')).toMatchObject({ outcome: 'reverted', code: 'by-hand' })
    const standing = await mailfw(lab, 'status', inventory, '--limit', 'decided')
    expect(standing.host('decided').message).toMatch(/was reverted at [^ ]+Z by hand by [^ ]+@/)
    expect(late.host('decided').message).toContain('asked to put the old rules back')
    expect(await stateOf(lab.host('decided'))).toEqual(before.get('decided'))
  })

  it('that somebody meddled with is not confirmed', async () => {
    await lab.host('meddled').succeed('iptables -A INPUT -p tcp --dport 9 -j ACCEPT')
    const run = await act('confirm', 'meddled')
    expect(run.host('meddled')).toMatchObject({ outcome: 'failed', code: 'live-changed' })
    expect(await stateFile('meddled')).toBe('state.applied')
    await lab.host('meddled').succeed('iptables -D INPUT -p tcp --dport 9 -j ACCEPT')
    expect((await act('confirm', 'meddled')).host('meddled').outcome).toBe('confirmed')
  })

  it('that filled a table of which the inventory says nothing is not confirmed', async () => {
    const plain = await lab.inventory({ all: SLOW }, 'plain.yaml')
    const run = await mailfw(lab, 'confirm', plain, 'nat', idOf('nat'))
    expect(run.host('nat')).toMatchObject({ outcome: 'failed', code: 'other-rules' })
    expect(await stateFile('nat')).toBe('state.applied')
    expect((await act('confirm', 'nat')).host('nat').outcome).toBe('confirmed')
    expect(await lab.host('nat').succeed('cat /etc/iptables/rules.v4')).toContain('*nat')
  })

  it('that cannot be put back is told, and may be tried again', async () => {
    await lab.host('broken').succeed(BREAK_RESTORE)
    const failed = await act('revert', 'broken')
    expect(failed.code).toBe(6)
    expect(failed.host('broken')).toMatchObject({ outcome: 'revert-failed', code: 'revert-incomplete' })
    await lab.host('broken').succeed(MEND_RESTORE)
    const again = await act('revert', 'broken')
    expect([again.code, again.host('broken').outcome]).toEqual([0, 'reverted'])
    expect(await stateOf(lab.host('broken'))).toEqual(before.get('broken'))
  })

  it('is gone with a reboot, and no other host has one', async () => {
    await lab.host('rebooted').reboot()
    for (const verb of ['confirm', 'revert'] as const) {
      for (const run of [
        await act(verb, 'rebooted'),
        await mailfw(lab, verb, inventory, 'virgin', OTHER_ID),
      ]) {
        expect(run.code).toBe(4)
        expect(run.hosts).toMatchObject([{ outcome: 'failed', code: 'no-attempt' }])
      }
    }
    expect(await stateOf(lab.host('rebooted'))).toEqual(before.get('rebooted'))
  })

  it.each([
    [
      'mx*',
      /^mailfw: HOST: expected the name of one host, got the pattern "mx\*"\. Nothing was contacted\.\n$/,
    ],
    ['nft,legacy', /expected the name of one host, got the pattern/],
    ['', /expected the name of one host, got nothing/],
    ['mail', /expected the name of one host, got the group mail of /],
    ['virgim', /there is no "virgim" in .*; did you mean virgin\?/],
  ])('is asked for by one host’s name, not by %j', async (name, sentence) => {
    for (const verb of ['confirm', 'revert']) {
      const run = await lab.controller([...MAILFW, verb, inventory, name, OTHER_ID])
      expect(run).toMatchObject({ code: 2, stdout: '' })
      expect(run.stderr).toMatch(sentence)
    }
  })
})

/** Templates with a table of their own, beside the inventory; `$1` has ours. */
const NAT_TEMPLATE = `
  mkdir nat
  { cat "$1/rules.v4.hbs"; printf '%s\\n' '*nat' ':PREROUTING ACCEPT [0:0]' ':INPUT ACCEPT [0:0]' ':OUTPUT ACCEPT [0:0]' \\
    ':POSTROUTING ACCEPT [0:0]' '-A POSTROUTING -s 192.0.2.0/24 -j MASQUERADE' COMMIT; } >nat/rules.v4.hbs
`
