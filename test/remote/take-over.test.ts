import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { LabHost } from '../lab/host.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { deploy, endOf, lookAt, refusalOf, stub, tryOn, wantedWith } from './try.ts'

/** To which backend a host moves; its old rules are in the other one. */
const DIRECTIONS = { nft: 'legacy', legacy: 'nft' } as const
type Direction = keyof typeof DIRECTIONS

/** With rules of Docker and of fail2ban, a chain of the administrator's, a rule whose print -D does not take, and one that stands twice. */
const OLD = {
  v4: `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A POSTROUTING -s 10.9.0.0/24 -o eth0 -j MASQUERADE
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER - [0:0]
:admin - [0:0]
:f2b-sshd - [0:0]
-A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd
-A INPUT -i lo -j ACCEPT
-A INPUT -p tcp --dport 22 -j ACCEPT
-A INPUT -m recent --name seen --set
-A INPUT -j admin
-A INPUT -p tcp --dport 25 -j ACCEPT
-A INPUT -p tcp --dport 25 -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -s 10.9.0.0/24 -j ACCEPT
-A admin -s 198.51.100.0/24 -j ACCEPT
-A f2b-sshd -s 203.0.113.77/32 -j REJECT
-A f2b-sshd -j RETURN
COMMIT
`,
  v6: `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -p ipv6-icmp -j ACCEPT
-A INPUT -p tcp --dport 22 -j ACCEPT
COMMIT
`,
}
const OTHERS_RULES = [
  '-A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd',
  '-A FORWARD -o docker0 -j DOCKER',
  '-A f2b-sshd -s 203.0.113.77/32 -j REJECT --reject-with icmp-port-unreachable',
  '-A f2b-sshd -j RETURN',
  '-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
  '-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE',
]

const spec = (name: string, to: Direction) => ({
  name: `${name}-${to}`,
  backend: to === 'nft' ? ('nf_tables' as const) : ('legacy' as const),
  setup: loadedBy(DIRECTIONS[to]),
})
const WANTED = wantedWith(25, 993)
const CASES = (['nft', 'legacy'] as const).flatMap((to) =>
  ['confirmed', 'reverted', 'guarded', 'faulty', 'refused', 'by-hand', 'rebooted'].map((name) =>
    spec(name, to),
  ),
)

describeLab('an attempt that takes over from the other backend', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createLab(CASES)
  })
  afterAll(() => lab.close())

  const both = (name: string) =>
    (['nft', 'legacy'] as const).map((to) => [to, () => lab.host(`${name}-${to}`)] as const)

  it.concurrent.each(both('confirmed'))(
    'leaves rules of other programs alone there, and keeps all in generation 0: to %s',
    async (to, hostOf) => {
      const host = hostOf()
      const before = await rulesOf(host)
      await stub(host, `iptables-${DIRECTIONS[to]}-restore`, spying(`iptables-${DIRECTIONS[to]}-restore`))
      const made = await tryOn(host, WANTED, 60, { takesOver: true })
      await made.apply()
      await made.confirm()
      const after = await rulesOf(host)
      expect(linesOf(after[`${DIRECTIONS[to]} v4`])).toEqual(OTHERS_RULES)
      expect(linesOf(after[`${DIRECTIONS[to]} v6`])).toEqual([])
      expect(after[`${DIRECTIONS[to]} v4`]).not.toMatch(/^:.* DROP/m)
      expect(after[`${to} v4`]).toContain('--dport 993')
      expect(await host.succeed('grep -- ^-F /tmp/given || :')).toBe('')
      const letter = to === 'nft' ? 'l' : 'n'
      const kept = await host.succeed(`cat /var/lib/mailfw/generations/0/live.${letter}4`)
      expect(linesOf(kept)).toEqual(linesOf(before[`${DIRECTIONS[to]} v4`]))
      expect((await tryOn(host, WANTED, 60, { takesOver: true })).plan.isEmpty).toBe(true)
    },
  )

  it.concurrent.each(both('reverted'))(
    'brings the old rules of both back when asked to: to %s',
    async (_, hostOf) => {
      const host = hostOf()
      const before = await rulesOf(host)
      const made = await tryOn(host, WANTED, 60, { takesOver: true })
      await made.apply()
      expect(await rulesOf(host)).not.toEqual(before)
      await made.revert()
      expect(await rulesOf(host)).toEqual(before)
    },
  )

  it.concurrent.each(both('guarded'))(
    'is undone by the guard alone, also if a ban came and the names of the programs are gone: to %s',
    async (to, hostOf) => {
      const host = hostOf()
      const before = await rulesOf(host)
      const made = await tryOn(host, WANTED, 10, { takesOver: true })
      await made.apply()
      const there = `iptables-${DIRECTIONS[to]}`
      await host.succeed(
        `${there} -A f2b-sshd -s 203.0.113.78 -j REJECT
        for name in ip ip6; do
          for suffix in '' -save -restore; do
            mv /usr/sbin/$\{name}tables-${DIRECTIONS[to]}$suffix /usr/sbin/hidden-$name-$\{suffix:-all}
          done
        done
        mv /usr/sbin/xtables-${DIRECTIONS[to]}-multi /usr/sbin/xtables-hidden-multi`.replaceAll('$\\{', '${'),
      )
      expect(await endOf(host)).toBe('state.reverted'.replace('state.', ''))
      await host.succeed(
        `
        mv /usr/sbin/xtables-hidden-multi /usr/sbin/xtables-${DIRECTIONS[to]}-multi
        for name in ip ip6; do
          for suffix in all -save -restore; do
            mv /usr/sbin/hidden-$name-$suffix /usr/sbin/\${name}tables-${DIRECTIONS[to]}$\{suffix#all}
          done
        done`.replaceAll('$\\{', '${'),
      )
      const after = await rulesOf(host)
      const there4 = `${DIRECTIONS[to]} v4`
      expect(after[there4]).toContain('203.0.113.78')
      expect({ ...after, [there4]: '' }).toEqual({ ...before, [there4]: '' })
      expect(linesOf(after[there4]).filter((line) => !line.includes('203.0.113.78'))).toEqual(
        linesOf(before[there4]),
      )
    },
  )

  it.concurrent.each(both('faulty'))(
    'changes nothing in the end if any of its loads fails: to %s',
    async (to, hostOf) => {
      const host = hostOf()
      const before = await rulesOf(host)
      for (const program of ['iptables', 'ip6tables'].flatMap((name) => [
        `${name}-restore`,
        `${name}-${DIRECTIONS[to]}-restore`,
      ])) {
        await stub(host, program, FAILING(program))
        const made = await tryOn(host, WANTED, 60, { takesOver: true })
        expect(await refusalOf(made.apply()), program).toMatchObject({ code: 'apply-refused' })
        expect(await rulesOf(host), program).toEqual(before)
        await host.succeed(`rm /usr/local/sbin/${program} /tmp/failed`)
      }
    },
  )

  it.concurrent.each(both('refused'))(
    'begins with nothing if the other backend was changed since: to %s',
    async (to, hostOf) => {
      const host = hostOf()
      const made = await tryOn(host, WANTED, 60, { takesOver: true })
      await host.succeed(`iptables-${DIRECTIONS[to]} -A INPUT -p tcp --dport 8080 -j ACCEPT`)
      const before = await rulesOf(host)
      expect(await refusalOf(made.apply())).toMatchObject({ code: 'live-changed' })
      expect(await rulesOf(host)).toEqual(before)
      const again = await tryOn(host, WANTED, 60, { takesOver: true })
      await again.apply()
      await host.succeed(`iptables-${DIRECTIONS[to]} -A INPUT -p tcp --dport 8081 -j ACCEPT`)
      expect(await refusalOf(again.confirm())).toMatchObject({ code: 'not-as-wanted' })
      expect(linesOf((await rulesOf(host))[`${DIRECTIONS[to]} v4`])).toEqual(
        linesOf(before[`${DIRECTIONS[to]} v4`]),
      )
    },
  )

  it.concurrent.each(both('by-hand'))(
    'is undone on the host by generation 0, and done again: to %s',
    async (to, hostOf) => {
      const host = hostOf()
      const before = await rulesOf(host)
      const made = await tryOn(host, WANTED, 60, { takesOver: true })
      await made.apply()
      await made.confirm()
      const after = await rulesOf(host)
      await host.succeed('sh /var/lib/mailfw/restore 0')
      expect(await rulesOf(host)).toEqual(before)
      await host.succeed('sh /var/lib/mailfw/restore 1')
      expect(await rulesOf(host)).toEqual(after)
      // As update-alternatives does it
      await host.succeed(`for command in iptables ip6tables; do for verb in '' -save -restore; do
        ln -sfn /usr/sbin/$command-${DIRECTIONS[to]}$verb /etc/alternatives/$command$verb; done; done`)
      await host.succeed('sh /var/lib/mailfw/restore 0')
      expect(await rulesOf(host)).toEqual(before)
    },
  )

  it.concurrent.each(both('rebooted'))(
    'is over after a reboot, and leaves no trace: to %s',
    async (to, hostOf) => {
      const host = hostOf()
      const made = await tryOn(host, WANTED, 60, { takesOver: true })
      await made.apply()
      await host.reboot()
      expect((await lookAt(host, WANTED)).pending).toBeUndefined()
      expect((await rulesOf(host))[`${to} v4`]).not.toContain('--dport 993')
      await deploy(host, WANTED)
    },
  )
})

function loadedBy(backend: string): string {
  return `iptables-${backend}-restore <<'END'\n${OLD.v4}END\nip6tables-${backend}-restore <<'END'\n${OLD.v6}END\n`
}

/** What is loaded by a program is kept in a file. */
function spying(program: string): string {
  return `tee -a /tmp/given | exec /usr/sbin/${program} "$@"`
}

/** The first load that is no question fails when it is through: the rules are in by then. */
function FAILING(program: string): string {
  return `case "$*" in *--noflush*) ;; *) exec /usr/sbin/${program} "$@" ;; esac
text=$(cat)
case $text in *mailfw-*) ;; *-[AD]*) if [ ! -e /tmp/failed ]; then touch /tmp/failed; printf '%s\\n' "$text" | /usr/sbin/${program} "$@"; exit 1; fi ;; esac
printf '%s\\n' "$text" | exec /usr/sbin/${program} "$@"`
}

async function rulesOf(host: LabHost): Promise<Record<string, string>> {
  const entries = await Promise.all(
    ['nft', 'legacy'].flatMap((backend) =>
      ['v4', 'v6'].map(async (family) => {
        const command = family === 'v4' ? 'iptables' : 'ip6tables'
        const text = await host.succeed(`${command}-${backend}-save 2>/dev/null`)
        return [`${backend} ${family}`, tidy(text)] as const
      }),
    ),
  )
  return Object.fromEntries(entries)
}

/** Without counters and comments, and without tables and chains that hold nothing. */
function tidy(text: string): string {
  return text
    .split(/^(?=\*)/m)
    .map((table) => table.replaceAll(/ \[\d+:\d+\]$|^#.*\n/gm, ''))
    .filter((table) => /^-A|^:\S+ DROP/m.test(table))
    .map((table) => {
      const lines = table.split('\n')
      return [
        ...lines.filter((line) => line.startsWith(':')).toSorted(),
        ...lines.filter((line) => !line.startsWith(':')),
      ].join('\n')
    })
    .toSorted()
    .join('')
}

function linesOf(text = ''): readonly string[] {
  return text.split('\n').flatMap((line) => /(?:^|\] )(-A .*)/.exec(line)?.[1] ?? [])
}
