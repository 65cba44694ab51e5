import { describe, expect, it } from 'vitest'
import { needFindings } from '../../../src/host/boot/needs.ts'
import { writerFindings } from '../../../src/host/boot/writers.ts'
import { otherFirewalls } from '../../../src/host/objections.ts'
import { distributionOf } from '../../../src/model/distribution.ts'
import type { BootFacts, BootLine, BootUnit } from '../../../src/remote/boot/facts.ts'
import { bootWith, examinationWith, familyWith, unitWith } from '../examination.ts'

const LOADER = ['netfilter-persistent', unitWith()] as const
const withUnits = (...units: readonly (readonly [string, BootUnit])[]) =>
  examinationWith({ boot: bootWith({ units: new Map([LOADER, ...units]) }) })
const withLines = (lines: readonly BootLine[], more: Partial<BootFacts> = {}) =>
  examinationWith({ boot: bootWith({ lines, ...more }) })
const line = (file: string, text: string, more: Partial<BootLine> = {}): BootLine => ({
  file,
  number: 3,
  isJoined: false,
  text,
  ...more,
})
const fixesOf = (lines: readonly BootLine[], more: Partial<BootFacts> = {}) =>
  writerFindings(withLines(lines, more)).map(({ fix }) => fix)

describe('a second writer', () => {
  it('that is installed only is none', () => {
    const off = unitWith({ isEnabled: false, isActive: false })
    const examination = withUnits(
      ['nftables', off],
      ['imunify360', off],
      ['csf', off],
      ['ferm', off],
      ['firewalld', off],
    )
    expect(writerFindings(examination)).toEqual([])
    expect(otherFirewalls(examination)).toEqual([])
  })

  it('nftables.service does no harm to rules of the legacy backend', () => {
    const families = { v4: familyWith({ backend: 'legacy' }) }
    const examination = withUnits(['nftables', unitWith()])
    expect(writerFindings(examination)).toMatchObject([{ fix: 'systemctl disable nftables' }])
    expect(writerFindings({ ...examination, families })).toEqual([])
  })

  it('is stopped by a command for its kind that leaves a script a script', () => {
    expect(fixesOf([line('/etc/rc.local', 'iptables -F')])).toEqual([
      "sed -i --follow-symlinks '3{\\|iptables|s|^|: #|}' /etc/rc.local",
    ])
    expect(fixesOf([line('/etc/cron.d/x', '@reboot root iptables -F')])).toEqual([
      "sed -i --follow-symlinks '3{\\|iptables|s|^|#|}' /etc/cron.d/x",
    ])
    expect(fixesOf([line('/etc/rc3.d/S01fw', 'iptables -F')])).toEqual(['update-rc.d fw disable'])
    const call = line('/etc/rc.local', '/root/fw.sh', { number: 7 })
    expect(fixesOf([line('/root/fw.sh', '$IPT -F', { caller: call })])).toEqual([
      "sed -i --follow-symlinks '7{\\|/root/fw.sh|s|^|: #|}' /etc/rc.local",
    ])
  })

  it.each([
    'if true; then iptables -F',
    'iptables-restore <<END',
    'iptables -F || {',
    "iptables -F; echo 'unclosed",
    'true && iptables -F |',
  ])('has no command if that could break the script: %s', (text) => {
    expect(fixesOf([line('/etc/rc.local', text)])).toEqual([undefined])
  })

  it('in a file whose name is no plain word has no command', () => {
    expect(fixesOf([line('/etc/cron.d/a b', '@reboot root iptables -F')])).toEqual([undefined])
  })

  it('a unit is disabled, but of a daemon only the line is taken out', () => {
    const mine = line('/etc/systemd/system/mine.service', 'ExecStart=/sbin/iptables -F')
    const fixOf = (unit: Partial<BootUnit>) => fixesOf([mine], { units: new Map([['mine', unitWith(unit)]]) })
    expect(fixOf({ isOneshot: true })).toEqual(['systemctl disable mine'])
    expect(fixOf({ isOneshot: true, trigger: 'mine.timer' })).toEqual(['systemctl disable mine.timer'])
    expect(fixOf({ isOneshot: false })).toEqual([
      "sed -i --follow-symlinks '3{\\|iptables|s|^|#|}' /etc/systemd/system/mine.service; systemctl daemon-reload",
    ])
    expect(fixOf({ isEnabled: false, isActive: false })).toEqual([])
  })

  it('is not what loads our own saved file once more', () => {
    expect(fixesOf([line('/etc/rc.local', 'iptables-restore </etc/iptables/rules.v4')])).toEqual([])
  })

  it('may be a file of nft that somebody loads', () => {
    const call = line('/etc/rc.local', 'nft -f /root/fw.nft')
    expect(fixesOf([line('/root/fw.nft', 'flush ruleset', { caller: call })])).toHaveLength(1)
    expect(fixesOf([line('/root/fw.nft', 'add table inet mine', { caller: call })])).toEqual([])
  })
})

describe('a program that writes all rules', () => {
  it.each(['shorewall', 'ferm', 'firehol'])('refuses if it is enabled or active: %s', (name) => {
    expect(otherFirewalls(withUnits([name, unitWith({ isActive: false })]))).toMatchObject([
      {
        code: 'other-firewall',
        message: expect.stringContaining(`${name} is enabled`) as string,
        fix: `systemctl disable ${name}`,
      },
    ])
    const [active] = otherFirewalls(withUnits([name, unitWith({ isEnabled: false })]))
    expect(active).toMatchObject({ message: expect.stringContaining(`${name} is live`) as string })
    expect(active?.fix).toBeUndefined()
  })

  it('is told by the chains that only it makes', () => {
    const live = '*filter\n:INPUT DROP [0:0]\n:LOCALINPUT - [0:0]\n:DENYIN - [0:0]\nCOMMIT\n'
    const examination = examinationWith({ families: { v4: familyWith({ live }) } })
    expect(otherFirewalls(examination)).toMatchObject([{ code: 'other-firewall' }])
  })

  it('is left out if its own settings switch it off', () => {
    const boot = bootWith({
      units: new Map([
        ['csf', unitWith()],
        ['lfd', unitWith()],
      ]),
      idle: ['csf'],
    })
    expect(otherFirewalls(examinationWith({ boot }))).toEqual([])
  })
})

describe('a set that saved rules name', () => {
  const rules =
    '*filter\n-A INPUT -m set --match-set friends src -m comment --comment "--match-set no src" -j ACCEPT\nCOMMIT\n'
  const wanted = { v4: rules, v6: '' }
  const findingsOf = (boot: Partial<BootFacts>, id = 'debian') =>
    needFindings(wanted, examinationWith({ boot: bootWith(boot), distribution: distributionOf(id) }))

  it('is missed unless a file makes it that something loads', () => {
    const plugins = new Map([
      ['10-ipset', true],
      ['15-ip4tables', true],
      ['25-ip6tables', true],
    ])
    const made = [line('/etc/iptables/ipsets', 'create friends hash:net family inet')]
    expect(findingsOf({ plugins, lines: made })).toEqual([])
    expect(findingsOf({ plugins })).toMatchObject([
      { code: 'saved-set-missing', fix: 'ipset save friends >>/etc/iptables/ipsets' },
    ])
    expect(findingsOf({ lines: made })).toMatchObject([
      {
        code: 'saved-set-missing',
        fix: expect.stringContaining('ipset-persistent; ipset save friends') as string,
      },
    ])
  })

  it.each([
    ['rhel', '/etc/sysconfig/ipset', 'create friends hash:net'],
    ['rhel', '/etc/sysconfig/ipset.d/friends.set', 'create friends hash:net'],
    ['alpine', '/etc/ipset.d/friends', '192.0.2.0/24'],
  ])('is made on %s by %s', (id, file, text) => {
    const units = ['iptables', 'ip6tables', 'ipset'].map((name) => [name, unitWith()] as const)
    expect(findingsOf({ units: new Map(units), lines: [line(file, text)] }, id)).toEqual([])
    expect(findingsOf({ units: new Map(units) }, id)).toMatchObject([{ code: 'saved-set-missing' }])
    expect(findingsOf({ units: new Map(units.slice(0, 2)), lines: [line(file, text)] }, id)).toHaveLength(1)
  })

  it('may be made by a unit of somebody or a plugin', () => {
    const plugin = '/usr/share/netfilter-persistent/plugins.d/05-sets'
    expect(findingsOf({ lines: [line(plugin, 'ipset restore </etc/sets')] })).toEqual([])
  })
})
