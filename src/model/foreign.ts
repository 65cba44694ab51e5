/** What belongs to another program on the host: globs (`*`, `?`) of names, for each kind of name that a rule may carry. */
export interface Preserve {
  readonly chains: readonly string[]
  readonly sets: readonly string[]
  /** Names of `recent` lists. */
  readonly lists: readonly string[]
  readonly interfaces: readonly string[]
  readonly comments: readonly string[]
}

/** fail2ban, sshguard, reaction, CrowdSec, Docker, mailcow, tailscale, NetBird, wg-quick, libvirt, lxc, lxd, Kubernetes, Calico, flannel, Weave, CNI, netavark. */
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
  ],
  sets: ['f2b-*', 'sshguard*', 'crowdsec-*', 'crowdsec6-*', 'cali*', 'KUBE-*'],
  lists: ['f2b-*'],
  interfaces: ['docker*', 'br-*', 'virbr*', 'lxcbr*', 'lxdbr*', 'cni*', 'podman*', 'tailscale*'],
  comments: ['wg-quick(8) rule for *'],
}
