import type { PerFamily } from './family.ts'

/** Where a distribution keeps its saved rules, and what loads them at boot. */
export interface Distribution {
  /** `ID`s of os-release(5). */
  readonly ids: readonly string[]
  readonly saved: PerFamily<string>
  /** The names of the services that load the saved files. */
  readonly loaders: PerFamily<string>
  /** What a service needs to load a family's file; absent if it does it itself. */
  readonly plugins?: PerFamily<string>
  /** What installs the loader; absent where it comes with iptables. */
  readonly installLoader?: string
  readonly enableLoader: string
  /** What installs kernel modules of extensions; absent if they come with the kernel. */
  readonly installModules?: string
}

const BOTH: PerFamily<string> = { v4: 'iptables', v6: 'ip6tables' }

/** By itself the package loads the saved file over what other programs have live, and saves live over the file. */
const INSTALL_ON_DEBIAN = [
  'systemctl mask netfilter-persistent',
  'echo iptables-persistent iptables-persistent/autosave_done boolean true | debconf-set-selections',
  'apt-get install --no-remove iptables-persistent',
  'systemctl unmask netfilter-persistent',
].join('; ')

/** The first one also serves every distribution that is not named. */
export const DISTRIBUTIONS: readonly [Distribution, ...Distribution[]] = [
  {
    ids: ['debian', 'ubuntu'],
    saved: { v4: '/etc/iptables/rules.v4', v6: '/etc/iptables/rules.v6' },
    loaders: { v4: 'netfilter-persistent', v6: 'netfilter-persistent' },
    plugins: { v4: '15-ip4tables', v6: '25-ip6tables' },
    installLoader: INSTALL_ON_DEBIAN,
    enableLoader: 'systemctl enable netfilter-persistent',
  },
  {
    ids: ['rhel', 'fedora', 'centos', 'rocky', 'almalinux', 'ol', 'amzn'],
    saved: { v4: '/etc/sysconfig/iptables', v6: '/etc/sysconfig/ip6tables' },
    loaders: BOTH,
    installLoader: 'dnf install iptables-services',
    enableLoader: 'systemctl enable iptables ip6tables',
    installModules: 'dnf install kernel-modules-extra-$(uname -r)',
  },
  {
    ids: ['alpine'],
    saved: { v4: '/etc/iptables/rules-save', v6: '/etc/iptables/rules6-save' },
    loaders: BOTH,
    enableLoader: 'rc-update add iptables && rc-update add ip6tables',
  },
  {
    ids: ['arch', 'archarm', 'manjaro'],
    saved: { v4: '/etc/iptables/iptables.rules', v6: '/etc/iptables/ip6tables.rules' },
    loaders: BOTH,
    enableLoader: 'systemctl enable iptables ip6tables',
  },
  {
    ids: ['gentoo'],
    saved: { v4: '/var/lib/iptables/rules-save', v6: '/var/lib/ip6tables/rules-save' },
    loaders: BOTH,
    enableLoader: 'rc-update add iptables default && rc-update add ip6tables default',
  },
]

/** Those whose version 9 and later has the services in a package of another name. */
const LIKE_RHEL = ['rhel', 'centos', 'rocky', 'almalinux', 'ol']

/** `id`, `like`, `version`: ID, ID_LIKE and VERSION_ID of os-release(5). */
export function distributionOf(id: string, like: readonly string[] = [], version = ''): Distribution {
  const known = [id, ...like].map((word) =>
    DISTRIBUTIONS.find((distribution) => distribution.ids.includes(word)),
  )
  const found = known.find((distribution) => distribution !== undefined) ?? DISTRIBUTIONS[0]
  const isNew = Number.parseInt(version, 10) >= 9 && [id, ...like].some((word) => LIKE_RHEL.includes(word))
  return isNew && id !== 'fedora' && id !== 'amzn'
    ? { ...found, installLoader: 'dnf install iptables-nft-services' }
    : found
}
