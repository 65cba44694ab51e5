import { expect, it } from 'vitest'
import { loaderFindings } from '../../src/host/boot/loaders.ts'
import { describeLab } from '../lab/describe-lab.ts'
import type { LabHost } from '../lab/host.ts'
import { handWrittenRules } from '../lab/programs/rulesets.ts'
import { BEFORE, KINDS, useLab } from './fleet.ts'
import { deploy, lookAt, refusalOf, statusOf, stub, tryOn, wantedWith } from './try.ts'

const WANTED = wantedWith(25)

const DISTRIBUTIONS = [
  { name: 'debian', bootLoader: 'debian', osRelease: 'ID=debian\n', path: '/etc/iptables/rules.v4' },
  {
    name: 'rhel',
    bootLoader: 'rhel',
    osRelease: 'ID="mine"\nID_LIKE="rhel centos fedora"\n',
    path: '/etc/sysconfig/iptables',
  },
  { name: 'alpine', bootLoader: 'alpine', osRelease: 'NAME=x\nID=alpine', path: '/etc/iptables/rules-save' },
  { name: 'arch', bootLoader: 'arch', osRelease: "ID='arch'\n", path: '/etc/iptables/iptables.rules' },
  { name: 'unknown', bootLoader: 'none', osRelease: 'ID=slackware\n', path: '/etc/iptables/rules.v4' },
] as const

describeLab('examine', () => {
  const { host } = useLab([
    ...KINDS.map((kind) => ({ ...kind, rules: BEFORE, saved: { v4: WANTED.v4 } })),
    ...DISTRIBUTIONS,
    { name: 'virgin' },
    { name: 'sets' },
    { name: 'no-scratch' },
    { name: 'v4only', ipv6: false },
    { name: 'by-hand', backend: 'legacy', rules: handWrittenRules() },
    { name: 'locked', backend: 'legacy', rules: BEFORE },
    { name: 'firewalls', rules: BEFORE },
    { name: 'bare', without: ['iptables'] },
    { name: 'toolless', without: ['sha256sum'] },
    { name: 'bare-v6', without: ['ip6tables', 'ip6tables-save', 'ip6tables-restore'] },
    { name: 'wanted-thousands', backend: 'legacy' },
    { name: 'thousands', backend: 'legacy', rules: { v6: thousands(2_000) } },
    { name: 'newer' },
    { name: 'reused' },
    { name: 'disabled' },
  ])

  it.concurrent.each(KINDS)(
    'changes nothing and says nothing on stderr: $name',
    async ({ name, backend }) => {
      const before = await everything(host(name))
      const { connection, examination } = await tryOn(host(name), WANTED)
      expect(await everything(host(name))).toBe(before)
      expect(connection.errors()).toBe('')
      expect(examination).toMatchObject({
        hostname: name,
        bootId: (await host(name).succeed('cat /proc/sys/kernel/random/boot_id')).trim(),
        session: { clientAddress: '198.18.255.254', serverAddress: host(name).address, serverPort: 22 },
        restoresNoflush: false,
        unfinished: false,
        firewalls: [],
      })
      const { v4, v6 } = examination.families
      expect(v4).toMatchObject({
        backend,
        saved: { kind: 'same' },
        savedPath: '/etc/iptables/rules.v4',
        former: '',
        otherBackend: '',
      })
      expect(v6).toMatchObject({ backend, saved: { kind: 'absent' } })
      expect(v4?.live).toContain('-A old -m comment --comment "typed by hand" -j ACCEPT\n')
      expect(v4?.wanted).toMatchObject({ kind: 'canonical' })
      expect(v4?.wanted).toMatchObject({
        text: expect.stringContaining('--ctstate RELATED,ESTABLISHED -j ACCEPT\n') as string,
      })
      expect(await host(name).succeed('ls -d /run/mailfw /var/lib/mailfw 2>/dev/null || :')).toBe('')
    },
  )

  it.concurrent.each(KINDS)(
    'carries over what the kernel says of rules that it refuses: $name',
    async ({ name }) => {
      const refused = { v4: WANTED.v4, v6: WANTED.v6.replace('--dport 25', '--dport 70000') }
      const { families } = await lookAt(host(name), refused)
      expect(families.v4?.wanted.kind).toBe('canonical')
      expect(families.v6?.wanted).toMatchObject({
        kind: 'refused',
        message: expect.stringMatching(/70000/) as string,
      })
    },
  )

  it.concurrent('finds no table on a virgin host', async () => {
    const { families, generation } = await lookAt(host('virgin'), WANTED)
    expect(families.v4?.live.replace(/^#.*\n/gm, '').trim()).toBe('')
    expect(families.v4?.version).toMatch(/^iptables v[\d.]+ \(nf_tables\)$/)
    expect(generation).toBeUndefined()
  })

  it.concurrent('tells a boot loader that is not enabled from one that is not installed', async () => {
    const loader = async () =>
      loaderFindings(await lookAt(host('disabled'), WANTED)).map(({ code, message }) => [code, message])
    expect(await loader()).toEqual([])
    await host('disabled').succeed(
      'rm /etc/systemd/system/multi-user.target.wants/netfilter-persistent.service',
    )
    const nothing = 'nothing loads the saved rules at boot: netfilter-persistent is not'
    expect(await loader()).toEqual([['no-boot-loader', `${nothing} enabled`]])
    await host('disabled').succeed('rm /usr/share/netfilter-persistent/plugins.d/*tables')
    expect(await loader()).toEqual([['no-boot-loader', `${nothing} installed`]])
  })

  it.concurrent.each(DISTRIBUTIONS)('knows the saved files of $name', async ({ name, path, bootLoader }) => {
    const examination = await lookAt(host(name), WANTED)
    expect(examination.families.v4?.savedPath).toBe(path)
    expect(loaderFindings(examination).map(({ code }) => code)).toEqual(
      bootLoader === 'none' ? ['no-boot-loader'] : [],
    )
    expect(examination.savesOnStop).toEqual(
      name === 'alpine' ? { file: '/etc/conf.d/iptables', setting: 'SAVE_ON_STOP' } : undefined,
    )
  })

  it.concurrent('reads settings of loaders that would undo the safeguard', async () => {
    await host('rhel').succeed(
      `sed -i 's/SAVE_ON_STOP="no"/SAVE_ON_STOP="yes"/' /etc/sysconfig/ip6tables-config`,
    )
    await host('debian').succeed('printf IP6TABLES_RESTORE_NOFLUSH=yes >>/etc/default/netfilter-persistent')
    expect((await lookAt(host('rhel'), WANTED)).savesOnStop).toEqual({
      file: '/etc/sysconfig/ip6tables-config',
      setting: 'IP6TABLES_SAVE_ON_STOP',
    })
    expect((await lookAt(host('debian'), WANTED)).restoresNoflush).toBe(true)
  })

  it.concurrent('makes the sets that wanted names, in the scratch namespace only', async () => {
    const withSet = (text: string, set: string) =>
      text.replace('COMMIT', `-A INPUT -m set --match-set ${set} src -j ACCEPT\nCOMMIT`)
    const wanted = { v4: withSet(WANTED.v4, 'friends'), v6: withSet(WANTED.v6, 'friends6') }
    const { families } = await lookAt(host('sets'), wanted)
    expect(families.v4?.wanted).toMatchObject({ kind: 'canonical' })
    expect(families.v6?.wanted).toMatchObject({
      text: expect.stringContaining('--match-set friends6 src') as string,
    })
    expect(await host('sets').succeed('ipset list -name')).toBe('')
  })

  it.concurrent('says so where no scratch namespace is allowed, and compares what was applied', async () => {
    await stub(host('no-scratch'), 'unshare', 'echo "unshare: Operation not permitted" >&2; exit 1')
    const first = await tryOn(host('no-scratch'), WANTED)
    expect(first.examination.families.v4?.wanted).toEqual({ kind: 'no-scratch' })
    expect(first.plan).toMatchObject({ cannotCompare: true, expected: 'any' })
    const applied = await first.apply()
    expect(applied.texts.v6).toContain('--dport 25 -j ACCEPT\n')
    await first.confirm({ canonical: applied.texts })
    const again = await tryOn(host('no-scratch'), WANTED)
    expect(again.examination.families.v4?.wanted.kind).toBe('canonical')
    expect(again.plan.isEmpty).toBe(true)
  })

  it.concurrent(
    'takes canonical texts from the generation while wanted and iptables are the same',
    async () => {
      const made = await deploy(host('reused'), WANTED)
      await stub(
        host('reused'),
        'unshare',
        '[ "$6" != scratch ] || echo once >>/tmp/unshared; exec /usr/bin/unshare "$@"',
      )
      const unshared = () => host('reused').succeed('wc -l </tmp/unshared 2>/dev/null || echo 0')
      const again = await tryOn(host('reused'), WANTED)
      expect(again.plan.isEmpty).toBe(true)
      expect(again.examination.families).toMatchObject({
        v4: { wanted: made.examination.families.v4?.wanted },
        v6: { wanted: made.examination.families.v6?.wanted },
      })
      expect((await unshared()).trim()).toBe('0')
      await lookAt(host('reused'), { v4: WANTED.v4, v6: wantedWith(26).v6 })
      expect((await unshared()).trim()).toBe('1')
      await host('reused').succeed('sed -i "s/^kernel .*/kernel 1/" /var/lib/mailfw/generations/1/facts')
      expect((await tryOn(host('reused'), WANTED)).plan.isEmpty).toBe(true)
      expect((await unshared()).trim()).toBe('2')
    },
  )

  it.concurrent('leaves IPv6 alone where it is off', async () => {
    const made = await deploy(host('v4only'), WANTED)
    expect(Object.keys(made.examination.families)).toEqual(['v4'])
    expect(await host('v4only').succeed('ls /etc/iptables')).toBe('rules.v4\n')
    expect((await tryOn(host('v4only'), WANTED)).plan.isEmpty).toBe(true)
  })

  it.concurrent('asks how rules are deleted that print otherwise than they are written', async () => {
    const made = await deploy(host('by-hand'), WANTED)
    expect(made.examination.families.v4?.former).toBe('')
    expect((await tryOn(host('by-hand'), WANTED)).plan.isEmpty).toBe(true)
    expect(made.plan.forward.v4).not.toContain('\n-F INPUT\n')
  })

  it.concurrent('does not wait for a lock that somebody holds; apply does, for a while', async () => {
    await host('locked').succeed('setsid flock /run/xtables.lock sleep 8 >/dev/null 2>&1 & sleep 0.3')
    const live = await host('locked').save('v4')
    const made = await tryOn(host('locked'), WANTED)
    expect(await refusalOf(made.apply({ lockOption: '-w 1' }))).toMatchObject({ code: 'iptables-locked' })
    expect(await host('locked').save('v4')).toBe(live)
  })

  it.concurrent('sees other firewalls and rules in the other backend', async () => {
    await host('firewalls').succeed(`mkdir -p /etc/ufw; echo ENABLED=yes >/etc/ufw/ufw.conf
      iptables-legacy -A INPUT -s 192.0.2.1 -j DROP; nft add table inet mine`)
    await stub(host('firewalls'), 'firewall-cmd', 'echo running')
    const { firewalls, nativeTables, families } = await lookAt(host('firewalls'), WANTED)
    expect(firewalls).toEqual(['ufw', 'firewalld'])
    expect(nativeTables).toContain('table inet mine')
    expect(families.v4?.otherBackend).toContain('-A INPUT -s 192.0.2.1/32 -j DROP')
    expect(families.v6?.otherBackend).toBe('')
  })

  it.concurrent('asks once about all rules that delete as they are printed', async () => {
    await stub(
      host('thousands'),
      'ip6tables-restore',
      'echo >>/tmp/asked; exec /usr/sbin/ip6tables-restore "$@"',
    )
    const asked = async () => Number(await host('thousands').succeed('wc -l </tmp/asked'))
    const made = await tryOn(host('thousands'), WANTED)
    // In the scratch namespace, and for all of them
    expect(await asked()).toBe(2)
    expect(made.plan.forward.v6).toContain('-D INPUT -s 2001:db8:1:2::/64 -j DROP\n')
  })

  it.concurrent('answers in time where many rules are wanted and none are live', async () => {
    const v4 = thousands(8_000).replace(/2001:db8:1:(\w+)::\/64/g, (_, digits: string) => {
      const number = parseInt(digits, 16)
      return `10.1.${number >> 8}.${number & 255}`
    })
    const { families } = await lookAt(host('wanted-thousands'), { v4, v6: WANTED.v6 })
    expect(families.v4?.wanted).toMatchObject({ text: expect.stringContaining('10.1.31.64/32') as string })
  })

  it.concurrent('does not take an IPv6 without ip6tables for none', async () => {
    expect(await refusalOf(lookAt(host('bare-v6'), WANTED))).toMatchObject({
      code: 'no-iptables',
      detail: 'ip6tables-save',
    })
  })

  it.concurrent('names what a host lacks', async () => {
    expect(await refusalOf(lookAt(host('bare'), WANTED))).toMatchObject({
      code: 'no-iptables',
      detail: 'iptables',
    })
    expect(await refusalOf(lookAt(host('toolless'), WANTED))).toMatchObject({
      code: 'host-requirements',
      detail: 'sha256sum',
    })
  })

  it.concurrent('leaves what a newer mailfw keeps alone', async () => {
    await host('newer').succeed('mkdir -p /var/lib/mailfw; echo 2 >/var/lib/mailfw/format')
    expect(await refusalOf(lookAt(host('newer'), WANTED))).toMatchObject({ code: 'newer-format' })
    expect((await statusOf(host('newer'))).generation).toBeUndefined()
  })
})

function thousands(length: number): string {
  const rules = Array.from(
    { length },
    (_, number) => `-A INPUT -s 2001:db8:1:${(number + 1).toString(16)}::/64 -j DROP\n`,
  )
  return `*filter\n:INPUT ACCEPT [0:0]\n${rules.join('')}COMMIT\n`
}

/** All that a look could have changed: files, rules, sets. Not where the machine's own files shine through and change meanwhile. */
function everything(host: LabHost): Promise<string> {
  const others = '\\( -path /var/tmp -o -path /var/cache -o -name xtables.lock \\) -prune -o'
  return host.succeed(`find /run /etc /var /tmp /root /usr/local -xdev ${others} -type f -exec cksum {} + | sort
    find /run /etc /var /tmp -xdev ${others} -print | sort; ipset list; ip netns
    for save in iptables-save ip6tables-save; do $save | grep -v '^#' | sed 's/ \\[.*//'; done`)
}
