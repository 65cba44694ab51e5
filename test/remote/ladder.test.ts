import { expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { LabHost } from '../lab/host.ts'
import { BEFORE, KINDS, useLab } from './fleet.ts'
import { endOf, refusalOf, statusOf, stub, tryOn, until, wantedWith } from './try.ts'

const WANTED = wantedWith(25)
const SESSION = '198.18.255.254 40000 198.18.0.1 22'

/** Old rules that let in those of the administrator's sets alone. */
const WITH_SETS = `
  ipset create office hash:net
  ipset add office 10.0.0.0/8
  ipset create six hash:ip family inet6
  ipset add six 2001:db8::1
  ipset create both list:set
  ipset create inner hash:ip
  ipset add inner 192.0.2.77
  ipset add both inner
  for command in iptables ip6tables; do $command -P INPUT DROP; done
  iptables -N staff
  iptables -A staff -m set --match-set both src -j ACCEPT
  iptables -A INPUT -p tcp --dport 22 -m set --match-set office src -j ACCEPT
  iptables -A INPUT -p tcp --dport 22 -j staff
  ip6tables -A INPUT -p tcp --dport 22 -m set --match-set six src -j ACCEPT
`
const DESTROY = 'for set in office six both inner; do ipset destroy $set; done'

const DOCKER = `
  iptables -N DOCKER; iptables -N MAILCOW; iptables -P INPUT DROP
  iptables -A FORWARD -j MAILCOW
  iptables -A FORWARD -o br-mailcow -j DOCKER
  iptables -A INPUT -p tcp --dport 22 -j ACCEPT
  iptables -t nat -A POSTROUTING -s 172.22.1.0/24 ! -o br-mailcow -j MASQUERADE
`
const NATIVE = `
  nft 'add rule ip filter MAILCOW iifname != "br-mailcow" oifname "br-mailcow" tcp dport { 3306, 6379 } counter drop'
  nft 'insert rule ip filter FORWARD iifname != "br-mailcow" oifname "br-mailcow" tcp dport { 8983, 12345 } counter drop'
`

const OLD = [
  '*filter',
  ':INPUT DROP [0:0]',
  ':FORWARD ACCEPT [0:0]',
  ':OUTPUT DROP [0:0]',
  '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT',
  '-A INPUT -s 192.0.2.9 -m comment --comment "needs a module" -j ACCEPT',
  '-A INPUT -p tcp -m tcp --dport 2525 -j ACCEPT',
  '-A OUTPUT -p tcp -m tcp --sport 22 -j ACCEPT',
  '-A OUTPUT -d 192.0.2.9 -m comment --comment "needs a module" -j ACCEPT',
  'COMMIT',
  '',
].join('\n')

/** What an earlier revert left. */
const KEPT_OPEN = [
  '*filter',
  ':INPUT DROP [0:0]',
  '-A INPUT -s 198.18.255.250/32 -p tcp -m tcp --dport 22 -m comment --comment "mailfw: kept open by a revert" -j ACCEPT',
  '-A INPUT -p tcp -m tcp --dport 587 -j ACCEPT',
  'COMMIT',
  '',
].join('\n')

const each = (name: string, spec: Omit<HostSpec, 'name'>): HostSpec[] =>
  KINDS.filter(({ shell }) => shell !== 'bash').map((kind) => ({
    ...kind,
    ...spec,
    name: `${name}-${kind.name}`,
  }))
const namesOf = (specs: readonly HostSpec[]) => specs.map(({ name }) => name)

const sets = each('sets', { setup: WITH_SETS })
const bans = each('bans', { rules: BEFORE })
const native = each('native', { rules: BEFORE }).filter(({ backend }) => backend === 'nf_tables')
const partly = each('partly', { setup: WITH_SETS })

describeLab('a revert, whatever happened in the window', () => {
  const { host } = useLab([
    ...sets,
    ...bans,
    ...partly,
    { name: 'native', setup: DOCKER + NATIVE },
    ...native,
    { name: 'changed-set', setup: WITH_SETS },
    { name: 'moved', rules: BEFORE },
    { name: 'repaired', setup: WITH_SETS },
    { name: 'next', setup: WITH_SETS },
    { name: 'refused', setup: WITH_SETS },
    { name: 'kept-open', rules: { v4: KEPT_OPEN } },
    { name: 'hidden' },
    { name: 'damaged', rules: BEFORE },
    { name: 'by-hand', setup: WITH_SETS },
  ])
  /** A change that is not confirmed, and what happens before the deadline. */
  const revertAfter = async (on: LabHost, script: string): Promise<string> => {
    const made = await tryOn(on, WANTED, 3)
    await made.apply({ session: SESSION })
    await on.succeed(script)
    return endOf(on)
  }

  it.concurrent.each(namesOf(sets))('makes sets again that the old rules name: %s', async (name) => {
    const before = [await host(name).save('v4'), await host(name).save('v6')]
    expect(await revertAfter(host(name), DESTROY)).toBe('reverted')
    expect([await host(name).save('v4'), await host(name).save('v6')]).toEqual(before)
    const members = await host(name).succeed('ipset save | sort')
    expect(members).toContain('add office 10.0.0.0/8\n')
    expect(members).toContain('add six 2001:db8::1\n')
    expect(members).toContain('add both inner\nadd inner 192.0.2.77\n')
  })

  it.concurrent('leaves a set as its administrator changed it', async () => {
    const on = host('changed-set')
    expect(await revertAfter(on, 'ipset del office 10.0.0.0/8; ipset add office 172.16.0.0/12')).toBe(
      'reverted',
    )
    expect(await on.succeed('ipset save office')).toMatch(/^create .*\nadd office 172\.16\.0\.0\/12\n$/)
  })

  it.concurrent.each(namesOf(bans))('keeps what other programs did: %s', async (name) => {
    const on = host(name)
    const script = `
      iptables -D INPUT -p tcp -m multiport --dports 22 -j f2b-sshd
      iptables -N f2b-postfix; iptables -A f2b-postfix -s 198.51.100.7 -j DROP
      iptables -I INPUT -p tcp -m multiport --dports 25 -j f2b-postfix
      iptables -I INPUT 2 -p tcp -m multiport --dports 22 -j f2b-sshd
      iptables -t nat -N DOCKER; iptables -t nat -A PREROUTING -j DOCKER
      iptables -t nat -A DOCKER -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
      iptables -D INPUT -p tcp -m tcp --dport 25 -j ACCEPT
    `
    expect(await revertAfter(on, script)).toBe('reverted')
    const live = await on.save('v4')
    expect(live).toContain('--to-destination 172.17.0.2:80')
    expect(live).toContain('-A f2b-postfix -s 198.51.100.7/32 -j DROP')
    expect(live).toMatch(
      /-A INPUT .* f2b-postfix\n-A INPUT .* f2b-sshd\n-A INPUT .*--dport 22 -j ACCEPT\n-A INPUT .*--dport 25 -j old\n/,
    )
    expect((await statusOf(on)).log).toContain('v4 put back by rebuild')
  })

  it.concurrent('does not mind that a foreign rule was moved behind ours by its owner', async () => {
    const on = host('moved')
    const script = `
      iptables -D INPUT -p tcp -m multiport --dports 22 -j f2b-sshd
      iptables -A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd
    `
    expect(await revertAfter(on, script)).toBe('reverted')
    expect(await on.save('v4')).toMatch(/-A INPUT .*--dport 22 -j ACCEPT\n-A INPUT .*--dport 25 -j old\n/)
    expect((await statusOf(on)).log).toContain('v4 put back by inverse')
  })

  it.concurrent('never writes a rule of nft’s own that iptables prints as less than it is', async () => {
    const on = host('native')
    const listed = () => on.succeed('nft -s list table ip filter')
    const before = await listed()
    expect(await revertAfter(on, 'iptables -D INPUT -p tcp -m tcp --dport 25 -j ACCEPT')).toBe('reverted')
    expect(await listed()).toBe(before)
    expect((await statusOf(on)).log).toContain('v4 put back by rebuild')
  })

  it.concurrent.each(namesOf(native))('leaves what nft wrote among our rules meanwhile: %s', async (name) => {
    const on = host(name)
    const before = await on.succeed('nft -s list table ip filter')
    const rule = 'tcp dport { 25, 26 } counter accept'
    const script = `
      nft 'insert rule ip filter INPUT ${rule}'
      nft 'add rule ip filter INPUT ip saddr 192.0.2.1-192.0.2.9 drop'
      ${name.includes('dash') ? 'iptables -D INPUT -p tcp -m tcp --dport 25 -j ACCEPT' : ''}
    `
    expect(await revertAfter(on, script)).toBe('reverted')
    const after = await on.succeed('nft -s list table ip filter')
    const lines = after.split('\n').filter((line) => !/dport \{ 25, 26 }|192\.0\.2\.1-/.test(line))
    expect(lines.join('\n')).toBe(before)
    expect(after.split('\n').length - lines.length).toBe(2)
  })

  it.concurrent.each(namesOf(partly))(
    'says what it had to leave out, and keeps SSH open: %s',
    async (name) => {
      const on = host(name)
      const destroy = 'rm -f /run/mailfw/attempt/sets; ipset destroy both'
      expect(await revertAfter(on, destroy)).toBe('revert-failed')
      const live = await on.save('v4')
      expect(live).toContain(
        ':staff -\n-A INPUT -s 198.18.255.254/32 -p tcp -m tcp --dport 22 -m comment --comment "mailfw: kept open by a revert" -j ACCEPT\n',
      )
      expect(live).toContain('-A INPUT -p tcp -m tcp --dport 22 -m set --match-set office src -j ACCEPT\n')
      expect(live).not.toContain('both')
      expect(await on.save('v6')).not.toContain('kept open')
      expect(await on.succeed('cat /run/mailfw/attempt/lost.v4')).toBe(
        'v4 filter -A staff -m set --match-set both src -j ACCEPT\n',
      )
      await on.succeed('ipset create both list:set')
      await until(on, '[ -e /run/mailfw/attempt/state.reverted ]')
      expect(await on.save('v4')).not.toContain('kept open')
      expect(await on.save('v4')).toContain('-A staff -m set --match-set both src -j ACCEPT\n')
    },
  )

  it.concurrent('puts back what an earlier revert kept open, as it was', async () => {
    const on = host('kept-open')
    const before = await on.save('v4')
    const made = await tryOn(on, WANTED)
    await made.apply({ session: '2001:db8::1 40000 2001:db8::2 22' })
    await on.succeed('iptables -D INPUT -p tcp -m tcp --dport 25 -j ACCEPT')
    expect((await made.revert()).rungs).toMatchObject({ v4: 'rebuild' })
    expect(await on.save('v4')).toBe(before)
  })

  it.concurrent('does not take rules for gone that iptables can no longer print', async () => {
    const on = host('hidden')
    const made = await tryOn(on, WANTED)
    await made.apply()
    const added = await on.succeed('nft -e -a add rule ip filter FORWARD ct state established accept')
    expect(await on.succeed('iptables-save')).not.toContain('--dport 25')
    expect(await refusalOf(made.revert())).toMatchObject({ code: 'revert-failed' })
    await on.succeed(`nft delete rule ip filter FORWARD handle ${/handle (\d+)/.exec(added)?.[1] ?? ''}`)
    await until(on, '[ -e /run/mailfw/attempt/state.reverted ]')
    expect(await on.save('v4')).not.toContain('-A ')
    expect(await on.save('v4')).not.toContain('DROP')
  })

  it.concurrent('stops when somebody repairs the host, not for a confirmation that is late', async () => {
    const on = host('repaired')
    const made = await tryOn(on, WANTED, 3)
    await made.apply({ session: SESSION })
    await on.succeed('rm -f /run/mailfw/attempt/sets; ipset destroy both')
    await endOf(on)
    const late = made.confirm({ enteredAt: '198.18.0.1' })
    expect(await refusalOf(late)).toMatchObject({ code: 'already-revert-failed' })
    expect((await statusOf(on)).pending).toMatchObject({ guardAlive: true })
    await on.succeed('iptables -I INPUT -p tcp --dport 2222 -j ACCEPT')
    await until(on, 'grep -q "left as they are" /run/mailfw/attempt/log')
    expect(await on.save('v4')).toContain('--dport 2222')
    expect((await statusOf(on)).pending).toMatchObject({ state: 'revert-failed', guardAlive: false })
  })

  it.concurrent('is not over if what it needs to know cannot be read', async () => {
    const made = await tryOn(host('damaged'), WANTED)
    await made.apply()
    await host('damaged').succeed('rm /run/mailfw/attempt/tables')
    expect(await refusalOf(made.revert())).toMatchObject({ code: 'revert-failed' })
  })

  it.concurrent('goes on after one by hand that put back more, but not all', async () => {
    const on = host('by-hand')
    const made = await tryOn(on, WANTED, 3)
    await made.apply({ session: SESSION })
    await on.succeed('rm -f /run/mailfw/attempt/sets; ipset destroy both; ipset destroy office')
    await until(on, '[ -e /run/mailfw/attempt/lost.v4 ]')
    await on.succeed('ipset create office hash:net')
    expect(await refusalOf(made.revert())).toMatchObject({ code: 'revert-partial' })
    await on.succeed('sleep 4; ipset create both list:set')
    await until(on, '[ -e /run/mailfw/attempt/state.reverted ]')
  })

  it.concurrent('goes on if the next deploy is refused', async () => {
    const on = host('refused')
    const before = await on.save('v4')
    await revertAfter(on, 'rm -f /run/mailfw/attempt/sets; ipset destroy both')
    const { pending } = await statusOf(on)
    const guard = await on.succeed('cat /run/mailfw/attempt/guard')
    const killed = await tryOn(on, wantedWith(587))
    await stub(on, 'setsid', 'kill -9 $PPID')
    await expect(killed.apply({ session: SESSION })).rejects.toThrow()
    await on.succeed('rm /usr/local/sbin/setsid')
    const refusals = {
      'snapshot-refused': ['iptables-restore', 'exit 1'],
      'guard-missing': ['setsid', 'exit 1'],
      'disk-full': ['mkdir', 'case "$*" in */coming) exit 1 ;; esac; exec /usr/bin/mkdir "$@"'],
    } as const
    for (const [code, [program, script]] of Object.entries(refusals)) {
      const next = await tryOn(on, wantedWith(587))
      await stub(on, program, script)
      expect(await refusalOf(next.apply({ session: SESSION }))).toMatchObject({ code })
      await on.succeed(`rm /usr/local/sbin/${program}`)
      expect(await on.succeed('cat /run/mailfw/attempt/guard')).toBe(guard)
      expect((await statusOf(on)).pending).toMatchObject({
        id: pending?.id,
        state: 'revert-failed',
        guardAlive: true,
      })
    }
    await on.succeed('ipset create both list:set')
    await until(on, '[ -e /run/mailfw/attempt/state.reverted ]')
    expect(await on.save('v4')).toBe(before)
  })

  it.concurrent('gives way to the next deploy, which removes what kept SSH open', async () => {
    const on = host('next')
    await revertAfter(on, 'rm -f /run/mailfw/attempt/sets; ipset destroy both')
    expect(await on.save('v4')).toContain('kept open')
    const next = await tryOn(on, wantedWith(587))
    expect(await refusalOf(next.apply({ generation: 7 }))).toMatchObject({ code: 'live-changed' })
    expect((await statusOf(on)).pending).toMatchObject({ guardAlive: true })
    await next.apply({ session: SESSION })
    expect(await on.save('v4')).not.toContain('kept open')
    await next.confirm()
  })
})

/** Of iptables-restore: a kernel that no longer takes some rules, and does not say which. */
const REFUSING = `cat >/tmp/text.$$
if grep -q '^-[AI].*needs a module' /tmp/text.$$; then
  echo "iptables-restore: line $(grep -c '' /tmp/text.$$) failed" >&2
  exit 1
fi
exec /usr/sbin/iptables-restore "$@" </tmp/text.$$`

describeLab('a revert that is asked for', () => {
  const kinds = [{ name: 'nft' }, { name: 'legacy', backend: 'legacy', shell: 'busybox' }] as const
  const { host } = useLab(kinds.map((kind) => ({ ...kind, rules: { v4: OLD } })))

  it.concurrent.each(kinds)(
    'finds by halving what cannot be loaded, and answers it: $name',
    async ({ name }) => {
      const on = host(name)
      const made = await tryOn(on, WANTED)
      await made.apply({ session: SESSION })
      await stub(on, 'iptables-restore', REFUSING)
      const refusal = await refusalOf(made.revert())
      expect(refusal.code).toBe('revert-partial')
      expect(refusal.detail.split('\n').sort()).toEqual([
        'v4 filter -A INPUT -s 192.0.2.9/32 -m comment --comment "needs a module" -j ACCEPT',
        'v4 filter -A OUTPUT -d 192.0.2.9/32 -m comment --comment "needs a module" -j ACCEPT',
      ])
      const live = await on.save('v4')
      expect(live).not.toContain('mailfw-try')
      expect(live).toContain('-A INPUT -s 198.18.255.254/32 -p tcp -m tcp --dport 22 -m comment')
      expect(live).toContain('-A OUTPUT -d 198.18.255.254/32 -p tcp -m tcp --sport 22 -m comment')
      expect(live).not.toContain('-A FORWARD')
      await on.succeed('rm /usr/local/sbin/iptables-restore')
      await until(on, '[ -e /run/mailfw/attempt/state.reverted ]')
      expect(await on.save('v4')).toContain('-A OUTPUT -d 192.0.2.9/32 -m comment')
    },
  )
})
