/** What is asked of one host of a lab. Only `name` must be given: the rest is a plain Debian mail server. */
export interface HostSpec {
  /** A host name of lower-case letters, digits, dots and hyphens; also its name in DNS's place, `/etc/hosts`. */
  readonly name: string
  /** Which iptables the plain names `iptables`, `ip6tables-save` … stand for. Default `nf_tables`. */
  readonly backend?: Backend
  /** What `/bin/sh` is. Default `dash`. */
  readonly shell?: PosixShell
  /** The login shell of the user that logs in. Default `sh`. */
  readonly loginShell?: LoginShell
  /** Who logs in: root, or `admin` with sudo that asks nothing, with sudo that asks a password, without sudo. */
  readonly user?: LoginUser
  /** `iptables-restore` texts that the kernel has loaded before we come. Default: no table at all. */
  readonly rules?: RulesTexts
  /** The saved files of the host's boot loader. They are read at a reboot, not at the first start. */
  readonly saved?: RulesTexts
  /** `false` switches IPv6 off in the host's kernel settings. Default true. */
  readonly ipv6?: boolean
  /** Whose way of loading the saved files at boot is installed and enabled. Default `debian`. */
  readonly bootLoader?: BootLoader
  /** Lines of sshd_config that win over the lab's own; from the first `Match` on they come last. */
  readonly sshdOptions?: readonly string[]
  /** Default 22. */
  readonly sshPort?: number
  /** The text of `/etc/os-release`. Default: the machine's. */
  readonly osRelease?: string
  /** Programs that this host lacks, by name. */
  readonly without?: readonly string[]
  /** Run by `sh` as root on the host at its first start, after its rules were loaded, before sshd starts. */
  readonly setup?: string
  /** Directories that are file systems of their own, with their size in KiB. They keep their content over a reboot. */
  readonly diskKb?: Readonly<Record<string, number>>
  /** The root directory of another Debian, below what the host has of its own. Default: the machine's. */
  readonly root?: string
  /** Whether mailfw itself can be run on it: the checkout is seen there, wherever it is. Default false. */
  readonly hasMailfw?: boolean
}

export type Backend = 'nf_tables' | 'legacy'
export type PosixShell = 'dash' | 'busybox' | 'bash'
export type LoginShell = 'sh' | 'bash' | 'csh' | 'fish' | 'nologin'
export type LoginUser = 'root' | 'sudo' | 'sudo-password' | 'plain'
export type BootLoader = 'debian' | 'rhel' | 'alpine' | 'arch' | 'none'

export interface RulesTexts {
  readonly v4?: string
  readonly v6?: string
}
