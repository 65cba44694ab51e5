/** What belongs to another program on the host: globs (`*`, `?`) of names, for each kind of name that a rule may carry. */
export interface Preserve {
  readonly chains: readonly string[]
  readonly sets: readonly string[]
  /** Names of `recent` lists. */
  readonly lists: readonly string[]
  readonly interfaces: readonly string[]
  readonly comments: readonly string[]
}

/** fail2ban, Docker, mailcow, CrowdSec, tailscale, libvirt, Kubernetes, Calico, CNI, netavark, lxd, awall, fwfile. */
export const DEFAULT_PRESERVE: Preserve = {
  chains: [
    'f2b-*',
    'fail2ban-*',
    'DOCKER*',
    'MAILCOW',
    'CROWDSEC_CHAIN*',
    'ts-*',
    'LIBVIRT_*',
    'KUBE-*',
    'cali-*',
    'CNI-*',
    'NETAVARK*',
    'lxd_*',
  ],
  sets: ['f2b-*', 'crowdsec-*', 'cali*', 'KUBE-*'],
  lists: ['f2b-*'],
  interfaces: ['docker*', 'br-*', 'virbr*', 'lxcbr*', 'lxdbr*', 'cni*', 'podman*', 'tailscale*'],
  comments: [],
}
