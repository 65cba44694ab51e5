import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { ban, unban } from '../lab/programs/fail2ban.ts'
import { CLOSED, isStep, mailfw, OPEN, startDeploy, TAKES_RULES } from './mailfw.ts'

/** All that a change makes in an empty table, so that nft lists the same afterwards. */
const CHAINS = `for command in iptables ip6tables; do
  for chain in INPUT FORWARD OUTPUT; do $command -P $chain ACCEPT; done
done
`
/** SSH is let in from a set of the administrator's alone. */
const FROM_SET = `
  ipset create office hash:net
  ipset add office 198.18.0.0/15
  ipset create office6 hash:net family inet6
  ipset add office6 2001:db8::/32
  for command in iptables ip6tables; do $command -P INPUT DROP; $command -A INPUT -i lo -j ACCEPT; done
  ip6tables -A INPUT -p icmpv6 -j ACCEPT
  iptables -A INPUT -p tcp --dport 22 -m set --match-set office src -j ACCEPT
  ip6tables -A INPUT -p tcp --dport 22 -m set --match-set office6 src -j ACCEPT
`
/** The kernel lets go of a rule's set a moment after the rule. */
const destroy = (...sets: readonly string[]) =>
  sets.map((set) => `timeout 5 sh -c 'until ipset destroy ${set} 2>/dev/null; do sleep 0.1; done'`).join('\n')
const DESTROY = destroy('office', 'office6')
/** What the attempt itself keeps of the sets. */
const FORGET = 'rm /run/mailfw/attempt/sets'
/** Its members take more than 1 MiB. */
const LARGE = `awk 'BEGIN { print "create large hash:net maxelem 100000"
  for (n = 0; n < 60000; n++) printf "add large 10.%d.%d.%d/32\\n", n / 65536, n / 256 % 256, n % 256 }' | ipset restore
iptables -I INPUT -p tcp --dport 2222 -m set --match-set large src -j ACCEPT
`
const MAILCOW = `
  iptables -N MAILCOW; iptables -A FORWARD -j MAILCOW; iptables -P INPUT DROP
  iptables -A INPUT -p tcp --dport 22 -j ACCEPT
  nft 'add rule ip filter MAILCOW iifname != "br-mailcow" oifname "br-mailcow" tcp dport { 3306, 6379 } counter drop'
  nft 'insert rule ip filter FORWARD iifname != "br-mailcow" oifname "br-mailcow" tcp dport { 8983, 12345 } drop'
`
/** So that what undoes the change does not fit any more. */
const MISFIT = 'iptables -D INPUT $(iptables -S INPUT | grep -c ^-A)'
const BANS = `${ban('192.0.2.66')}${ban('192.0.2.77', { jail: 'postfix' })}iptables -A INPUT -p tcp --dport 22 -j ACCEPT\n`
const DNAT = `iptables -w -t nat -N DOCKER; iptables -w -t nat -A PREROUTING -j DOCKER
iptables -w -t nat -A DOCKER -p tcp --dport 9443 -j DNAT --to-destination 172.17.0.4:443
`
/** A kernel or an iptables without a match. */
const stub = (program: string, script: string) => `cat >/usr/local/sbin/${program} <<'END'
#!/bin/sh
${script}
exec /usr/sbin/${program} "$@"
END
chmod 755 /usr/local/sbin/${program}
`
const NO_COMMENT = stub(
  'iptables-restore',
  `[ "$*" != -V ] || exec /usr/sbin/iptables-restore -V
cat >/tmp/text.$$
exec </tmp/text.$$
! grep -n -- '-m comment' /tmp/text.$$ >/tmp/line.$$ || {
  echo "iptables-restore v1.8.9: Couldn't load match \\\`comment'" >&2
  echo "Error occurred at line: $(head -n 1 /tmp/line.$$ | cut -d: -f1)" >&2
  exit 2
}`,
)
/** Until the guard has given up to read what is live. */
const UNREAD = stub('iptables-save', '[ "$*" = -V ] || [ -e /run/mailfw/attempt/loaded.v4 ] || exit 1')

/** What is there before, and what happens once the controller is dead. */
const WORLDS: Readonly<Record<string, { readonly setup: string; readonly meanwhile: string }>> = {
  sets: { setup: FROM_SET, meanwhile: DESTROY },
  'large-set': { setup: FROM_SET + LARGE, meanwhile: destroy('large') },
  'no-sets': { setup: FROM_SET, meanwhile: `${FORGET}; ${DESTROY}` },
  'no-comment': { setup: FROM_SET, meanwhile: `${FORGET}; ${DESTROY}\n${NO_COMMENT}` },
  mailcow: { setup: MAILCOW, meanwhile: MISFIT },
  bans: {
    setup: BANS,
    meanwhile: `${unban('192.0.2.66')}${ban('192.0.2.66')}${ban('192.0.2.9')}${DNAT}`,
  },
  unread: { setup: BANS, meanwhile: `${MISFIT}\n${UNREAD}` },
}
const OVER_IPV6 = ['over-ipv6']
const specs: readonly HostSpec[] = [
  ...Object.entries(WORLDS).map(([name, { setup }]) => ({ name, setup: CHAINS + setup })),
  { name: 'over-ipv6', setup: FROM_SET },
]

describeLab('a host that is locked out by a controller that died, in a world that changed', () => {
  let lab: Lab
  const before = new Map<string, string>()
  beforeAll(async () => {
    lab = await createLab(specs)
    for (const { name } of specs) before.set(name, await listed(name))
    const hosts = Object.fromEntries(
      OVER_IPV6.map((name) => [name, { ansible_host: lab.host(name).address6 }]),
    )
    const run = startDeploy(
      lab,
      await lab.inventory({ all: CLOSED, hosts }),
      '--batch',
      '100%',
      ...TAKES_RULES,
    )
    await Promise.all(specs.map(({ name }) => run.until(isStep(name, 'confirm'))))
    run.child.kill('SIGKILL')
    await run.ended
    await Promise.all(
      specs.map(({ name }) => lab.host(name).succeed(WORLDS[name]?.meanwhile ?? `${FORGET}; ${DESTROY}`)),
    )
    await Promise.all(
      specs.map(({ name }) =>
        lab
          .host(name)
          .succeed(
            `until ls /run/mailfw/attempt | grep -qE 'state.(reverted|revert-failed)'; do sleep 0.2; done`,
            { timeoutSeconds: 60 },
          ),
      ),
    )
  }, 110_000)
  afterAll(() => lab.close())

  const listed = (name: string) => lab.host(name).succeed('nft -s list ruleset | grep -v "^$"')
  const stateOf = async (name: string) =>
    /state\.(\S+)/.exec(await lab.host(name).succeed('ls /run/mailfw/attempt'))?.[1]
  const reach = (name: string) =>
    lab.connects(
      'controller',
      OVER_IPV6.includes(name) ? lab.host(name).address6 : lab.host(name).address,
      22,
    )

  it.each(specs.map(({ name }) => name))('is open again: %s', async (name) => {
    expect(await reach(name)).toBe('open')
  })

  it('has its rules back, and its sets', async () => {
    expect([await stateOf('sets'), await listed('sets')]).toEqual(['reverted', before.get('sets')])
    expect(await lab.host('sets').succeed('ipset save office')).toContain('add office 198.18.0.0/15\n')
  })

  it('has a set that was too large to keep again without members, and says so', async () => {
    expect(await stateOf('large-set')).toBe('revert-failed')
    expect(await lab.host('large-set').succeed('ipset save large')).toMatch(/^create large hash:net .*\n$/)
    expect(await lab.host('large-set').succeed('cat /run/mailfw/attempt/lost-sets')).toBe('set large\n')
  })

  it.each([
    [
      'no-sets',
      'v4',
      '-s CLIENT -p tcp -m tcp --dport 22 -m comment --comment "mailfw: kept open by a revert"',
    ],
    ['no-comment', 'v4', '-s CLIENT -p tcp -m tcp --dport 22'],
    [
      'over-ipv6',
      'v6',
      '-s CLIENT -p tcp -m tcp --dport 22 -m comment --comment "mailfw: kept open by a revert"',
    ],
  ] as const)('keeps SSH open where the rest is lost: %s', async (name, family, rule) => {
    expect(await stateOf(name)).toBe('revert-failed')
    const client = /^\S+/.exec(await lab.host(name).succeed('cat /run/mailfw/attempt/session'))?.[0] ?? ''
    const words = rule.replace('CLIENT', `${client}/${family === 'v4' ? 32 : 128}`)
    expect(await lab.host(name).save(family)).toContain(`-A INPUT ${words} -j ACCEPT\n`)
  })

  it('has the native rules of mailcow as they were', async () => {
    expect([await stateOf('mailcow'), await listed('mailcow')]).toEqual(['reverted', before.get('mailcow')])
  })

  it('keeps what fail2ban and Docker did meanwhile', async () => {
    expect(await stateOf('bans')).toBe('reverted')
    const live = await lab.host('bans').save('v4')
    for (const address of ['192.0.2.66', '192.0.2.77', '192.0.2.9'])
      expect(live).toMatch(new RegExp(`-A f2b-\\S+ -s ${address}/32 -j REJECT`))
    expect(live).toContain('--to-destination 172.17.0.4:443')
    expect(live).not.toContain('--dport 25 ')
  })

  it('has the snapshot if live could not be read', async () => {
    await lab.host('unread').succeed('until [ -e /run/mailfw/attempt/state.reverted ]; do sleep 0.2; done')
    expect([await stateOf('unread'), await listed('unread')]).toEqual(['reverted', before.get('unread')])
    expect(await lab.host('unread').succeed('cat /run/mailfw/attempt/log')).toContain(
      'v4 loaded the snapshot',
    )
  })

  it('is told of by check, and the next deploy removes what kept SSH open', async () => {
    const names = ['no-sets', 'over-ipv6']
    const hosts = { 'over-ipv6': { ansible_host: lab.host('over-ipv6').address6 } }
    const inventory = await lab.inventory({ all: OPEN, hosts })
    const limit = ['--limit', names.join(',')]
    const check = await mailfw(lab, 'check', inventory, ...limit)
    for (const name of names)
      expect(check.host(name).findings.map(({ code }) => code)).toContain('ssh-kept-open')
    const deploy = await mailfw(lab, 'deploy', inventory, '--batch', '100%', ...limit, ...TAKES_RULES)
    for (const name of names) {
      expect(deploy.host(name).outcome).toBe('confirmed')
      expect((await lab.host(name).save('v4')) + (await lab.host(name).save('v6'))).not.toContain('kept open')
    }
  })
})
