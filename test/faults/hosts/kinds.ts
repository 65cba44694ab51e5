import type { HostSpec } from '../../lab/host-spec.ts'
import { ban } from '../../lab/programs/fail2ban.ts'
import { dockerRules, handWrittenRules } from '../../lab/programs/rulesets.ts'

/** In what hosts differ. */
export const KIND_FACTORS = {
  backend: ['nf_tables', 'legacy'],
  shell: ['dash', 'busybox'],
  user: ['root', 'sudo'],
  /** `sets`: full, and sets of fail2ban's and of the administrator's. `native`: full, and rules that only nft can print. */
  rules: ['virgin', 'full', 'sets', 'native', 'nat'],
  ipv6: ['on', 'off'],
  /** How mailfw comes to it: `behind` a jump host, over an address that is translated, as `jump` host itself, or by running on it. */
  way: ['direct', 'behind', 'translated', 'jump', 'itself'],
} as const

export type Kind = { readonly [F in keyof typeof KIND_FACTORS]: (typeof KIND_FACTORS)[F][number] }

const DIRECT: readonly Kind[] = KIND_FACTORS.backend.flatMap((backend) =>
  KIND_FACTORS.shell.flatMap((shell) =>
    KIND_FACTORS.user.flatMap((user) =>
      KIND_FACTORS.rules.flatMap((rules) =>
        KIND_FACTORS.ipv6.map((ipv6) => ({ backend, shell, user, rules, ipv6, way: 'direct' }) as const),
      ),
    ),
  ),
)

/** Of each other way a host of each backend and shell, the rest spread over them. */
const OTHERS: readonly Kind[] = KIND_FACTORS.way.slice(1).flatMap((way, row) =>
  KIND_FACTORS.backend
    .flatMap((backend) => KIND_FACTORS.shell.map((shell) => ({ backend, shell })))
    .map((base, column) => ({
      ...base,
      ...({ user: way === 'itself' || (row + column) % 2 === 0 ? 'root' : 'sudo' } as const),
      rules: KIND_FACTORS.rules[(2 * row + column) % KIND_FACTORS.rules.length] ?? 'full',
      ...({ ipv6: column === row % 4 ? 'off' : 'on' } as const),
      way,
    })),
)

/** Those that the controller reaches by a connection. */
export const OVER_SSH: readonly Kind['way'][] = ['direct', 'behind', 'translated', 'jump']

export const KINDS: readonly Kind[] = [...DIRECT, ...OTHERS]

/** Without the way if it is the direct one. */
export function kindText({ backend, shell, user, rules, ipv6, way }: Kind): string {
  const words = [backend, shell, user, rules, ipv6 === 'on' ? 'v6' : 'no-v6', way]
  return words.filter((word) => word !== 'direct').join(',')
}

/** Whom fail2ban had banned before we came, on a full host. */
const BANNED = ['198.19.0.1', '2001:db8:bad::1']

/** A host of that kind. Busybox's world has no flock, so there the lock is a hard link. */
export function specOf(kind: Kind, name: string): Required<Pick<HostSpec, 'setup'>> & HostSpec {
  const old = handWrittenRules()
  return {
    name,
    backend: kind.backend,
    shell: kind.shell,
    user: kind.user,
    ipv6: kind.ipv6 === 'on',
    without: kind.shell === 'busybox' ? ['flock'] : [],
    ...(kind.rules === 'virgin' ? {} : { rules: old, saved: old }),
    setup: kind.rules === 'virgin' ? '' : foreignPrograms(kind),
  }
}

function foreignPrograms({ ipv6, rules }: Kind): string {
  const hasIpv6 = ipv6 === 'on'
  const docker = dockerRules(28)
  const [banned4 = '', banned6 = ''] = BANNED
  return [
    `iptables-restore --noflush <<'END'\n${docker.v4 ?? ''}END\n`,
    ...(hasIpv6 ? [`ip6tables-restore --noflush <<'END'\n${docker.v6 ?? ''}END\n`] : []),
    ban(banned4),
    ...(hasIpv6 ? [ban(banned6)] : []),
    ...(rules === 'sets' ? [SETS, ban('198.19.0.9', { action: 'ipset', jail: 'recidive' })] : []),
    ...(rules === 'native' ? [NATIVE] : []),
    ...(rules === 'nat' ? [NAT] : []),
  ].join('')
}

/** What lets the administrator in by names of his own; saved nowhere, as sets are not. */
const SETS = `ipset create admins hash:net
ipset add admins 198.18.0.0/15
iptables -I INPUT 2 -m set --match-set admins src -p tcp --dport 22 -j ACCEPT
`

/** As mailcow writes it: iptables-nft prints it without the ports. With legacy the table is nft's alone. */
const NATIVE = `nft add table ip filter
nft 'add chain ip filter FORWARD { type filter hook forward priority 0; }'
nft 'add rule ip filter FORWARD iifname != "br-mailcow" oifname "br-mailcow" tcp dport { 3306, 6379 } drop'
`

/** The administrator's own, beside Docker's: a port for mail programs that cannot use 25, and a network that goes out by this host. */
const NAT = `iptables -t nat -I PREROUTING 1 -p tcp -m tcp --dport 2525 -j REDIRECT --to-ports 25
iptables -t nat -A POSTROUTING -s 10.9.0.0/24 -o eth0 -j MASQUERADE
`
