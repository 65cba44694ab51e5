import type { PerFamily } from './family.ts'

/** Where a distribution keeps its saved rules, and what loads them at boot. */
export interface Distribution {
  /** `ID`s of os-release(5). */
  readonly ids: readonly string[]
  readonly saved: PerFamily<string>
  /** The name of the service that loads the saved files. */
  readonly loader: string
  /** What installs the loader; absent where it comes with iptables. */
  readonly installLoader?: string
  readonly enableLoader: string
}

/** The first one also serves every distribution that is not named. */
export const DISTRIBUTIONS: readonly [Distribution, ...Distribution[]] = [
  {
    ids: ['debian', 'ubuntu'],
    saved: { v4: '/etc/iptables/rules.v4', v6: '/etc/iptables/rules.v6' },
    loader: 'netfilter-persistent',
    installLoader: 'apt-get install iptables-persistent',
    enableLoader: 'systemctl enable netfilter-persistent',
  },
  {
    ids: ['rhel', 'fedora', 'centos', 'rocky', 'almalinux', 'ol', 'amzn'],
    saved: { v4: '/etc/sysconfig/iptables', v6: '/etc/sysconfig/ip6tables' },
    loader: 'iptables',
    installLoader: 'dnf install iptables-services',
    enableLoader: 'systemctl enable iptables ip6tables',
  },
  {
    ids: ['alpine'],
    saved: { v4: '/etc/iptables/rules-save', v6: '/etc/iptables/rules6-save' },
    loader: 'iptables',
    enableLoader: 'rc-update add iptables && rc-update add ip6tables',
  },
  {
    ids: ['arch', 'archarm', 'manjaro'],
    saved: { v4: '/etc/iptables/iptables.rules', v6: '/etc/iptables/ip6tables.rules' },
    loader: 'iptables',
    enableLoader: 'systemctl enable iptables ip6tables',
  },
  {
    ids: ['gentoo'],
    saved: { v4: '/var/lib/iptables/rules-save', v6: '/var/lib/ip6tables/rules-save' },
    loader: 'iptables',
    enableLoader: 'rc-update add iptables default && rc-update add ip6tables default',
  },
]

export function distributionOf(id: string, like: readonly string[] = []): Distribution {
  const known = [id, ...like].map((word) =>
    DISTRIBUTIONS.find((distribution) => distribution.ids.includes(word)),
  )
  return known.find((distribution) => distribution !== undefined) ?? DISTRIBUTIONS[0]
}
