import type { HostSpec } from '../lab/host-spec.ts'
import { ban } from '../lab/programs/fail2ban.ts'
import { dockerRules, handWrittenRules } from '../lab/programs/rulesets.ts'

/** In what hosts differ. */
export const KIND_FACTORS = {
  backend: ['nf_tables', 'legacy'],
  shell: ['dash', 'busybox'],
  user: ['root', 'sudo'],
  rules: ['virgin', 'full'],
  ipv6: ['on', 'off'],
} as const

export type Kind = { readonly [F in keyof typeof KIND_FACTORS]: (typeof KIND_FACTORS)[F][number] }

export const KINDS: readonly Kind[] = KIND_FACTORS.backend.flatMap((backend) =>
  KIND_FACTORS.shell.flatMap((shell) =>
    KIND_FACTORS.user.flatMap((user) =>
      KIND_FACTORS.rules.flatMap((rules) =>
        KIND_FACTORS.ipv6.map((ipv6) => ({ backend, shell, user, rules, ipv6 })),
      ),
    ),
  ),
)

export function kindText({ backend, shell, user, rules, ipv6 }: Kind): string {
  return [backend, shell, user, rules, ipv6 === 'on' ? 'v6' : 'no-v6'].join(',')
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
    ...(kind.rules === 'full' ? { rules: old, saved: old } : {}),
    setup: kind.rules === 'full' ? foreignPrograms(kind.ipv6 === 'on') : '',
  }
}

function foreignPrograms(hasIpv6: boolean): string {
  const docker = dockerRules(28)
  const [banned4 = '', banned6 = ''] = BANNED
  return [
    `iptables-restore --noflush <<'END'\n${docker.v4 ?? ''}END\n`,
    ...(hasIpv6 ? [`ip6tables-restore --noflush <<'END'\n${docker.v6 ?? ''}END\n`] : []),
    ban(banned4),
    ...(hasIpv6 ? [ban(banned6)] : []),
  ].join('')
}
