/** What belongs to another program on the host: globs (`*`, `?`) of names, for each kind of name that a rule may carry. */
export interface Preserve {
  readonly chains: readonly string[]
  readonly sets: readonly string[]
  /** Names of `recent` lists. */
  readonly lists: readonly string[]
  readonly interfaces: readonly string[]
  readonly comments: readonly string[]
  /** Rules in which ADDRESS, PORT and INTERFACE stand for any. */
  readonly rules: readonly string[]
}

/** Of a VPN: in FORWARD the rules that name one are its own program's; in INPUT they may be anybody's. */
export const TUNNEL_INTERFACES = ['wg*', 'tun*', 'tap*']

/**
 * fail2ban, sshguard, reaction, CrowdSec, Docker, mailcow, tailscale, NetBird, wg-quick, libvirt, lxc, lxd, Kubernetes, Calico,
 * flannel, Weave, CNI, netavark, Rancher, Proxmox, Oracle's images, cPanel's cphulk, Imunify360, Hestia, Synology; bans of Wazuh,
 * OSSEC and log2iptables, which are plain rules.
 */
export const DEFAULT_PRESERVE: Preserve = {
  chains: [
    'f2b-*',
    'fail2ban-*',
    'sshguard*',
    'reaction',
    'DOCKER*',
    'MAILCOW',
    'CROWDSEC_CHAIN*',
    'ts-*',
    'NETBIRD-*',
    'LIBVIRT_*',
    'KUBE-*',
    'cali-*',
    'FLANNEL-*',
    'WEAVE*',
    'CNI-*',
    'NETAVARK*',
    'lxd_*',
    'CATTLE_*',
    'PVEFW-*',
    'InstanceServices',
    'cphulk',
    '*_imunify360',
    'hestia',
    'DOS_PROTECT',
    'INPUT_FIREWALL',
    'FORWARD_FIREWALL',
    'DEFAULT_INPUT',
    'DEFAULT_FORWARD',
  ],
  sets: ['f2b-*', 'sshguard*', 'crowdsec-*', 'crowdsec6-*', 'cali*', 'KUBE-*'],
  lists: ['f2b-*', 'fail2ban-*'],
  interfaces: [
    'docker*',
    'br-*',
    'virbr*',
    'lxcbr*',
    'lxdbr*',
    'cni*',
    'podman*',
    'tailscale*',
    'fwbr*',
    'veth*',
  ],
  comments: ['wg-quick(8) rule for *'],
  rules: ['INPUT', 'FORWARD'].flatMap((chain) =>
    ['ADDRESS/32', 'ADDRESS/128'].map((address) => `-A ${chain} -s ${address} -j DROP`),
  ),
}
