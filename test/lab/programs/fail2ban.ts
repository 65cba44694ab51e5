/** How fail2ban bans: by its actions iptables-multiport (Debian's default), iptables-ipset, iptables-xt_recent-echo. */
export type BanAction = 'chain' | 'ipset' | 'recent'

/** A script that bans an address as fail2ban does: the action's start where it did not run yet, then its ban. */
export function ban(
  address: string,
  { action = 'chain', jail = 'sshd', ports = 'ssh' }: BanOptions = {},
): string {
  const family = address.includes(':') ? families.v6 : families.v4
  return actions[action]({ ...family, address, jail, ports })
}

/** A script that takes a ban of the action `chain` back. */
export function unban(address: string, { jail = 'sshd' }: BanOptions = {}): string {
  const { iptables, blocktype } = address.includes(':') ? families.v6 : families.v4
  return `${iptables} -w -D f2b-${jail} -s ${address} -j ${blocktype}\n`
}

/** A script that ends a jail of the action `chain`, as a stop of fail2ban does; it fails where something was in the way. */
export function stopJail({ jail = 'sshd', ports = 'ssh' }: BanOptions = {}): string {
  return `set -e
iptables -w -D INPUT -p tcp -m multiport --dports ${ports} -j f2b-${jail}
iptables -w -F f2b-${jail}
iptables -w -X f2b-${jail}
`
}

export interface BanOptions {
  readonly action?: BanAction
  readonly jail?: string
  readonly ports?: string
}

interface Ban {
  readonly iptables: string
  readonly blocktype: string
  readonly suffix: string
  readonly setFamily: string
  readonly address: string
  readonly jail: string
  readonly ports: string
}

const families = {
  v4: {
    iptables: 'iptables',
    blocktype: 'REJECT --reject-with icmp-port-unreachable',
    suffix: '',
    setFamily: '',
  },
  v6: {
    iptables: 'ip6tables',
    blocktype: 'REJECT --reject-with icmp6-port-unreachable',
    suffix: '6',
    setFamily: 'family inet6',
  },
}

const actions: Readonly<Record<BanAction, (ban: Ban) => string>> = {
  chain: ({ iptables, blocktype, address, jail, ports }) => `set -e
${iptables} -w -C f2b-${jail} -j RETURN 2>/dev/null || {
  ${iptables} -w -N f2b-${jail} || true
  ${iptables} -w -A f2b-${jail} -j RETURN
}
${iptables} -w -C INPUT -p tcp -m multiport --dports ${ports} -j f2b-${jail} 2>/dev/null ||
  ${iptables} -w -I INPUT -p tcp -m multiport --dports ${ports} -j f2b-${jail}
${iptables} -w -I f2b-${jail} 1 -s ${address} -j ${blocktype}
`,
  ipset: ({ iptables, blocktype, suffix, setFamily, address, jail, ports }) => {
    const set = `f2b-${jail}${suffix}`
    const rule = `INPUT -p tcp -m multiport --dports ${ports} -m set --match-set ${set} src -j ${blocktype}`
    return `set -e
ipset -exist create ${set} hash:ip timeout 0 ${setFamily}
${iptables} -w -C ${rule} 2>/dev/null || ${iptables} -w -I ${rule}
ipset -exist add ${set} ${address} timeout 600
`
  },
  recent: ({ iptables, blocktype, suffix, address, jail }) => {
    const list = `f2b-${jail}${suffix}`
    const rule = `INPUT -m recent --update --seconds 3600 --name ${list} -j ${blocktype}`
    return `set -e
${iptables} -w -C ${rule} 2>/dev/null || ${iptables} -w -I ${rule}
echo +${address} >/proc/net/xt_recent/${list}
`
  },
}
