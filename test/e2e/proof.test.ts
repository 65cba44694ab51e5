import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { handWrittenRules } from '../lab/programs/rulesets.ts'
import { insteadOfCall } from './between-calls.ts'
import { stateOf } from './host-state.ts'
import { CLOSED, mailfw, OPEN, TAKES_RULES } from './mailfw.ts'

/** An address that the host has beside that of its cable, as a service address on lo. */
const VIP = '198.19.7.7'
const ADD_VIP = `ip address add ${VIP}/32 dev lo\n`
const NOT_TOLD = 'unset SSH_CONNECTION\nexec sh -c "$SSH_ORIGINAL_COMMAND"\n'

const unproven: readonly HostSpec[] = [
  { name: 'loopback' },
  { name: 'loopback-v6' },
  { name: 'own-address' },
  { name: 'own-address-v6' },
  { name: 'vip', setup: ADD_VIP },
  { name: 'sudo', user: 'sudo' },
  { name: 'busybox', shell: 'busybox' },
]
const manual: readonly HostSpec[] = [{ name: 'kept' }, { name: 'left' }]
/** Its old rules make its kernel know the session that lives on. */
const switched = { name: 'switched', rules: handWrittenRules() }
const untold = { name: 'untold', ...insteadOfCall(numbered(12, NOT_TOLD)) }

describeLab('a connection that does not pass the rules of the host', () => {
  let lab: Lab
  const names = (specs: readonly HostSpec[]) => specs.map(({ name }) => name)

  /** The arguments of ssh that lead to sshd from the host itself, as a tunnel or a live ControlMaster does. */
  const from = (name: string, end: string) => {
    const { address, spec } = lab.host(name)
    const login = `${spec.user === 'sudo' ? 'admin' : 'root'}@${address}`
    return { ansible_ssh_common_args: `-o 'ProxyCommand=ssh ${end.replace('HOST', login)}'` }
  }

  const tunnels = () => ({
    loopback: from('loopback', '-W localhost:22 HOST'),
    'loopback-v6': from('loopback-v6', '-W [::1]:22 HOST'),
    'own-address': from('own-address', `-W ${lab.host('own-address').address}:22 HOST`),
    'own-address-v6': from('own-address-v6', `-W [${lab.host('own-address-v6').address6}]:22 HOST`),
    vip: from('vip', `HOST nc -s ${VIP} ${lab.host('vip').address} 22`),
    sudo: from('sudo', '-W 127.0.0.1:22 HOST'),
    busybox: from('busybox', `-W ${lab.host('busybox').address}:22 HOST`),
    kept: from('kept', '-W localhost:22 HOST'),
    left: from('left', '-W localhost:22 HOST'),
    switched: { ansible_ssh_common_args: `-o 'ProxyCommand=${lab.home}/switch %h'` },
  })

  const inventory = (all: Readonly<Record<string, unknown>>, file?: string) =>
    lab.inventory({ all: { ...all, mailfw_probes: false }, hosts: tunnels() }, file)

  beforeAll(async () => {
    lab = await createLab([...unproven, ...manual, switched, untold])
    await writeFile(join(lab.home, 'switch'), SWITCH)
    await chmod(join(lab.home, 'switch'), 0o755)
  })
  afterAll(() => lab.close())

  it.concurrent('is refused before anything is changed', async () => {
    const before = await Promise.all(names(unproven).map((name) => stateOf(lab.host(name))))
    const closed = await inventory(CLOSED, 'closed.yaml')
    const run = await mailfw(lab, 'deploy', closed, '--limit', names(unproven).join(','), '--batch', '100%')
    expect([run.code, run.summary]).toEqual([4, { failed: unproven.length }])
    for (const name of names(unproven)) {
      expect(run.host(name)).toMatchObject({ code: 'way-in-unproven', connections: 1 })
      expect(run.host(name).message).toMatch(/an address of its own.*--confirm manual; nothing was changed$/)
    }
    expect(run.host('vip').message).toContain(VIP)
    expect(await Promise.all(names(unproven).map((name) => stateOf(lab.host(name))))).toEqual(before)
    const check = await mailfw(lab, 'check', closed, '--limit', 'sudo')
    expect(check.code).toBe(3)
    expect(check.host('sudo').findings.map(({ code }) => code)).toContain('way-in-unproven')
  })

  it.concurrent('leaves a change to a person with --confirm manual, and the guard waits', async () => {
    const open = await inventory(OPEN, 'left.yaml')
    const run = await mailfw(lab, 'deploy', open, '--limit', 'left', '--confirm', 'manual')
    const { outcome, code, message, pending } = run.host('left')
    expect([run.code, outcome, code]).toEqual([6, 'unknown', 'awaiting-confirmation'])
    expect(message).toContain(`mailfw confirm ${open} left ${pending?.id ?? ''}`)
    expect(message).toMatch(/come back in \d+ s/)
    await lab.host('left').succeed('until [ -e /run/mailfw/attempt/state.reverted ]; do sleep 0.1; done', {
      timeoutSeconds: 20,
    })
    expect((await stateOf(lab.host('left'))).live).toEqual({ v4: '', v6: '' })
  })

  it.concurrent('takes the word of a person over that way, and puts back what was confirmed', async () => {
    const slow = { ...OPEN, mailfw_confirm: 'manual', mailfw_confirm_seconds: 60 }
    const open = await inventory(slow, 'kept.yaml')
    const run = await mailfw(lab, 'deploy', open, '--limit', 'kept')
    const kept = await mailfw(lab, 'confirm', open, 'kept', run.host('kept').pending?.id ?? '')
    expect([kept.code, kept.host('kept').outcome]).toEqual([0, 'confirmed'])
    await lab.host('kept').succeed('iptables -I INPUT -p tcp --dport 9 -j ACCEPT; rm /etc/iptables/rules.v6')
    const enforced = await mailfw(lab, 'enforce', open, '--limit', 'kept')
    expect(enforced.host('kept')).toMatchObject({ outcome: 'confirmed', code: 'deployed' })
    const state = await stateOf(lab.host('kept'))
    const back = await mailfw(
      lab,
      'rollback',
      open,
      '--limit',
      'kept',
      '--to',
      '0',
      '--confirm',
      'connection',
    )
    expect(back.host('kept')).toMatchObject({ outcome: 'failed', code: 'way-in-unproven' })
    expect(await stateOf(lab.host('kept'))).toEqual(state)
  })

  it.concurrent('is no proof if only the confirming one is such', async () => {
    const before = await stateOf(lab.host('switched'))
    const run = await mailfw(
      lab,
      'deploy',
      await inventory(CLOSED, 'switched.yaml'),
      '--limit',
      'switched',
      ...TAKES_RULES,
    )
    expect([run.code, run.host('switched').outcome]).toEqual([5, 'reverted'])
    expect(run.host('switched').code).toBe('way-in-unproven')
    expect(run.host('switched').message).toMatch(/127\.0\.0\.1, one of its own.*; the old rules are back$/)
    expect(await stateOf(lab.host('switched'))).toEqual(before)
  })

  it.concurrent('cannot be told on a host that says nothing of it, which is a finding', async () => {
    const run = await mailfw(lab, 'deploy', await inventory(OPEN, 'untold.yaml'), '--limit', 'untold')
    expect(run.host('untold')).toMatchObject({
      outcome: 'confirmed',
      findings: [{ code: 'client-unknown', severity: 'warning' }],
    })
  })
})

/** A ProxyCommand whose first connection crosses the network; every later one goes through a session that lives on. */
const SWITCH = `#!/bin/sh
if mkdir "$HOME/switched" 2>/dev/null; then
  ssh -fNM -S "$HOME/master" "root@$1" </dev/null >/dev/null 2>&1
  exec nc "$1" 22
fi
exec ssh -S "$HOME/master" "root@$1" nc 127.0.0.1 22
`

function numbered(calls: number, script: string): Record<number, string> {
  return Object.fromEntries(Array.from({ length: calls }, (_, index) => [index + 1, script]))
}
