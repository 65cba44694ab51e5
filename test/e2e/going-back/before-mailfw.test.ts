import { afterAll, beforeAll, expect, it } from 'vitest'
import { OVERRIDABLE_CODES } from '../../../src/model/outcome.ts'
import { describeLab } from '../../lab/describe-lab.ts'
import type { Lab } from '../../lab/lab.ts'
import { createLab } from '../../lab/lab.ts'
import { stateOf } from '../host-state.ts'
import type { Run } from '../mailfw.ts'
import { CLOSED, mailfw, OPEN } from '../mailfw.ts'

/** Of the administrator, before and behind those of fail2ban and Docker. */
const ORDERED = `*nat
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -o eth9 -j MASQUERADE
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER-USER - [0:0]
:f2b-sshd - [0:0]
:f2b-smtp - [0:0]
:trusted - [0:0]
-A INPUT -s 198.51.100.8/32 -j ACCEPT
-A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd
-A INPUT -p tcp -m tcp --dport 25 -j trusted
-A INPUT -p tcp -m multiport --dports 25 -j f2b-smtp
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A INPUT -p tcp -m tcp --dport 79 -j DROP
-A FORWARD -s 198.51.100.8/32 -j ACCEPT
-A FORWARD -j DOCKER-USER
-A f2b-sshd -s 198.51.100.8/32 -j REJECT --reject-with icmp-port-unreachable
-A f2b-sshd -j RETURN
-A f2b-smtp -j RETURN
-A trusted -s 198.51.100.9/32 -j RETURN
COMMIT
`
const NAT = '*nat\n-A POSTROUTING -o eth9 -j MASQUERADE\nCOMMIT\n'
const PLAIN = '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n'
/** Saved files that our parser does not read, or that nothing loads. */
const STRANGE: Readonly<Record<string, string>> = {
  commands: '*filter\n-F\n-P INPUT ACCEPT\n-I INPUT 1 -p tcp --dport 22 -j ACCEPT\nCOMMIT\n',
  crlf: PLAIN.replaceAll('\n', '\r\n'),
  blanks: PLAIN.replaceAll('\n', ' \n'),
  'no-commit': PLAIN.replace('COMMIT\n', ''),
  'no-newline': PLAIN.trimEnd(),
  prose: 'nothing of iptables\n',
  empty: '',
}

describeLab('going back to what was there before mailfw', () => {
  let lab: Lab
  let inventory: string
  beforeAll(async () => {
    const rules = { rules: { v4: ORDERED }, saved: { v4: ORDERED } }
    lab = await createLab([
      { name: 'nft', ...rules },
      { name: 'legacy', backend: 'legacy', ...rules },
      { name: 'moved', ...rules },
      { name: 'kept', ...rules },
      { name: 'rollout', ...rules },
      { name: 'closed' },
      { name: 'ssh-moved' },
      { name: 'nat', saved: { v4: `${NAT}${PLAIN}` } },
      ...Object.entries(STRANGE).map(([name, text]) => ({ name, saved: { v4: text } })),
    ])
    inventory = await lab.inventory({ all: OPEN, hosts: { closed: CLOSED } })
    const names = [...lab.hosts.keys()].filter((name) => name !== 'closed' && name !== 'rollout')
    found = new Map(
      await Promise.all(names.map(async (name) => [name, await stateOf(lab.host(name))] as const)),
    )
    const run = await mailfw(lab, 'deploy', inventory, '--limit', names.join(','), '--allow', ALLOW)
    expect(run.summary).toEqual({ confirmed: names.length })
  }, 180_000)
  afterAll(() => lab.close())

  let found: ReadonlyMap<string, Awaited<ReturnType<typeof stateOf>>>
  const ALLOW = OVERRIDABLE_CODES.join(',')
  const back = (name: string, ...words: string[]) =>
    mailfw(lab, 'rollback', inventory, '--limit', name, '--to', '0', ...words)
  const ending = (run: Run, name: string) => [run.host(name).outcome, run.host(name).code]

  it.concurrent.each(['nft', 'legacy'])(
    'brings the old order back among the rules of other programs: %s',
    async (name) => {
      await lab.host(name).succeed('iptables -A f2b-smtp -s 203.0.113.5 -j DROP')
      const run = await back(name)
      expect(ending(run, name)).toEqual(['confirmed', 'rolled-back'])
      const { live, saved } = await stateOf(lab.host(name))
      expect(saved).toEqual(found.get(name)?.saved)
      // A ban that came meanwhile stays
      const ban = '-A f2b-smtp -s 203.0.113.5/32 -j DROP\n'
      expect(live.v4).toContain(ban)
      expect(live.v4.replace(ban, '')).toBe(found.get(name)?.live.v4)
      expect(run.host(name).findings).not.toContainEqual(
        expect.objectContaining({ code: 'not-in-its-place' }),
      )
      expect(ending(await back(name), name)).toEqual(['unchanged', 'as-wanted'])
      const history = await mailfw(lab, 'history', inventory, '--limit', name)
      expect(ending(history, name)).toEqual(['unchanged', 'as-wanted'])
      expect(ending(await mailfw(lab, 'deploy', inventory, '--limit', name, '--release'), name)).toEqual([
        'confirmed',
        'deployed',
      ])
    },
    120_000,
  )

  it.concurrent(
    'names the rules that cannot get their place',
    async () => {
      const jump = 'INPUT -p tcp -m multiport --dports 22 -j f2b-sshd'
      await lab.host('moved').succeed(`iptables -D ${jump}; iptables -A ${jump}`)
      const run = await back('moved')
      expect(ending(run, 'moved')).toEqual(['confirmed', 'rolled-back'])
      expect(run.host('moved').findings).toContainEqual(
        expect.objectContaining({
          code: 'not-in-its-place',
          message: expect.stringContaining('-A INPUT -p tcp -m tcp --dport 25 -j trusted') as string,
        }),
      )
    },
    90_000,
  )

  it.concurrent(
    'keeps a rule of another program that came since',
    async () => {
      await lab.host('kept').succeed('iptables -N f2b-new; iptables -I INPUT 1 -j f2b-new')
      expect(ending(await back('kept'), 'kept')).toEqual(['confirmed', 'rolled-back'])
      const { live } = await stateOf(lab.host('kept'))
      expect(live.v4.replace(':f2b-new -\n', '').replace('-A INPUT -j f2b-new\n', '')).toBe(
        found.get('kept')?.live.v4,
      )
    },
    90_000,
  )

  it.concurrent.each(Object.keys(STRANGE))(
    'writes the saved file byte for byte, whatever it held: %s',
    async (name) => {
      expect(ending(await back(name), name)).toEqual(['confirmed', 'rolled-back'])
      expect(await lab.host(name).succeed('cat /etc/iptables/rules.v4')).toBe(STRANGE[name])
      expect(await stateOf(lab.host(name))).toEqual(found.get(name))
    },
    90_000,
  )

  it.concurrent(
    'names a section of another table that differs today, and keeps it',
    async () => {
      const host = lab.host('nat')
      await host.succeed("sed -i 's/eth9/eth8/' /etc/iptables/rules.v4")
      const today = await host.succeed('cat /etc/iptables/rules.v4')
      expect(today).toContain('-o eth8 -j MASQUERADE')
      const run = await back('nat')
      expect(ending(run, 'nat')).toEqual(['confirmed', 'rolled-back'])
      expect(run.host('nat').findings).toContainEqual(
        expect.objectContaining({
          code: 'other-table-goes-back',
          message: expect.stringMatching(/rules\.v4.*\*nat/) as string,
        }),
      )
      expect(await host.succeed('cat /etc/iptables/rules.v4')).toBe(`${NAT}${PLAIN}`)
      expect(await host.succeed('cat /var/lib/mailfw/generations/2/saved-before.v4')).toBe(today)
      // By then that is its owner's again
      await host.succeed("sed -i 's/eth9/eth7/' /etc/iptables/rules.v4")
      const history = await mailfw(lab, 'history', inventory, '--limit', 'nat')
      expect(ending(history, 'nat')).toEqual(['unchanged', 'as-wanted'])
    },
    90_000,
  )

  it.concurrent(
    'is refused if no rule of a generation could accept the port of sshd',
    async () => {
      const host = lab.host('ssh-moved')
      const more = { ...OPEN, mailfw_services: { smtp: {} } }
      const changed = await lab.inventory({ all: more }, 'more.yaml')
      expect((await mailfw(lab, 'deploy', changed, '--limit', 'ssh-moved')).code).toBe(0)
      await host.succeed(
        "sed -i 's/--dport 22 /--dport 2222 /; s/--dports 22 /--dports 2222 /' /var/lib/mailfw/generations/1/rules.v4",
      )
      const before = await stateOf(host)
      const run = await mailfw(lab, 'rollback', changed, '--limit', 'ssh-moved', '--to', '1')
      expect(ending(run, 'ssh-moved')).toEqual(['failed', 'generation-closes-ssh'])
      expect(run.host('ssh-moved').message).toContain('port 22')
      expect(await stateOf(host)).toEqual(before)
    },
    90_000,
  )

  it('is the same when a rollout takes its change back', async () => {
    const before = await stateOf(lab.host('rollout'))
    const run = await mailfw(
      lab,
      'deploy',
      inventory,
      ...['--limit', 'rollout,closed', '--batch', '1', '--when-exceeded', 'rollback', '--allow', ALLOW],
    )
    expect(ending(run, 'rollout')).toEqual(['held', 'rolled-back'])
    expect(await stateOf(lab.host('rollout'))).toEqual(before)
  }, 90_000)
})
