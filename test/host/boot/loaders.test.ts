import { describe, expect, it } from 'vitest'
import { loaderFindings } from '../../../src/host/boot/loaders.ts'
import { distributionOf } from '../../../src/model/distribution.ts'
import type { BootFacts } from '../../../src/remote/boot/facts.ts'
import { bootWith, examinationWith, familyWith, unitWith } from '../examination.ts'

const found = (boot: Partial<BootFacts>, id = 'debian', version = '') =>
  loaderFindings(examinationWith({ boot: bootWith(boot), distribution: distributionOf(id, [], version) }))
const units = (...entries: readonly (readonly [string, Parameters<typeof unitWith>[0]])[]) =>
  new Map(entries.map(([name, more]) => [name, unitWith(more)]))
const nothing = { isThere: false, isEnabled: false, isActive: false }

describe('a boot loader', () => {
  it.each([
    ['rhel', '8.10', 'dnf install iptables-services'],
    ['rocky', '9.4', 'dnf install iptables-nft-services'],
    ['rhel', '10.0', 'dnf install iptables-nft-services'],
    ['fedora', '42', 'dnf install iptables-services'],
    ['amzn', '2023', 'dnf install iptables-services'],
  ])('is installed on %s %s by its own package', (id, version, install) => {
    expect(found({ units: units(['iptables', nothing], ['ip6tables', nothing]) }, id, version)).toMatchObject(
      [
        {
          code: 'no-boot-loader',
          message: 'nothing loads the saved rules at boot: iptables and ip6tables are not installed',
          fix: `${install}; systemctl enable iptables ip6tables`,
        },
      ],
    )
  })

  it('is missed for the one family whose service is not enabled', () => {
    const both = units(['iptables', {}], ['ip6tables', { isEnabled: false }])
    expect(found({ units: both }, 'rhel')).toMatchObject([
      {
        code: 'no-boot-loader',
        message: expect.stringMatching(/saved IPv6 rules at boot: ip6tables is not/) as string,
      },
    ])
  })

  it.each([
    ['masked', unitWith({ isThere: false, isEnabled: false })],
    ['a link to nowhere', unitWith({ isThere: false, isEnabled: false })],
    ['enabled until the next boot only', unitWith({ isEnabled: false })],
  ])('counts not if its unit is %s', (_, unit) => {
    expect(found({ units: new Map([['netfilter-persistent', unit]]) })).toMatchObject([
      { code: 'no-boot-loader' },
    ])
  })

  it('counts not without the plugin of a family, or if that cannot be run', () => {
    expect(found({ plugins: new Map([['10-ipset', true]]) })).toMatchObject([
      {
        code: 'boot-loader-plugins',
        message: expect.stringContaining('15-ip4tables and 25-ip6tables is not') as string,
      },
    ])
    const off = new Map([
      ['15-ip4tables', true],
      ['25-ip6tables', false],
    ])
    expect(found({ plugins: off })).toMatchObject([
      {
        code: 'boot-loader-plugins',
        fix: 'chmod 755 /usr/share/netfilter-persistent/plugins.d/25-ip6tables',
      },
    ])
  })

  it('that failed at this boot is named, with the command that shows why', () => {
    expect(found({ units: units(['netfilter-persistent', { hasFailed: true }]) })).toMatchObject([
      { code: 'boot-loader-failed', fix: 'journalctl -b -u netfilter-persistent' },
    ])
    const openRc = {
      system: 'links' as const,
      units: units(['iptables', { hasFailed: true }], ['ip6tables', {}]),
    }
    expect(found(openRc, 'alpine')).toMatchObject([
      { code: 'boot-loader-failed', fix: 'iptables-restore --test /etc/iptables/rules.v4' },
    ])
  })

  it('may be a line of /etc/network/interfaces that loads the saved file', () => {
    const line = (number: number, text: string) => ({
      file: '/etc/network/interfaces',
      number,
      isJoined: false,
      text,
    })
    const examination = examinationWith({
      boot: bootWith({
        units: new Map(),
        lines: [
          line(3, '  pre-up iptables-restore < /etc/iptables/rules.v4'),
          line(4, '  pre-up ip6tables-restore < /etc/iptables/rules.v6'),
        ],
      }),
      families: { v4: familyWith(), v6: familyWith({ savedPath: '/etc/iptables/rules.v6' }) },
    })
    expect(loaderFindings(examination)).toEqual([])
  })

  it('is not known if systemd does not answer', () => {
    expect(found({ unread: ['units'] })).toMatchObject([{ code: 'boot-unknown', severity: 'warning' }])
  })
})
