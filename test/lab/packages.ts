import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * A Debian or Ubuntu package that tests need, told by one program of it. In CI the tests find no programs but theirs
 * and those of a minimal Debian, nor what only a dependency of theirs brings: that is listed too.
 */
export interface NeededPackage {
  readonly name: string
  readonly program: string
  /** Without those that are `lab`, no lab can be started. */
  readonly for: 'lab' | 'tests'
}

export const neededPackages: readonly NeededPackage[] = [
  { name: 'openssh-server', program: 'sshd', for: 'lab' },
  { name: 'openssh-client', program: 'ssh-keygen', for: 'lab' },
  { name: 'iptables', program: 'iptables-legacy', for: 'lab' },
  { name: 'iproute2', program: 'ip', for: 'lab' },
  { name: 'util-linux', program: 'nsenter', for: 'lab' },
  { name: 'mount', program: 'mount', for: 'lab' },
  { name: 'bsdutils', program: 'script', for: 'lab' },
  { name: 'findutils', program: 'find', for: 'lab' },
  { name: 'openssl', program: 'openssl', for: 'lab' },
  { name: 'sudo', program: 'sudo', for: 'lab' },
  { name: 'busybox', program: 'busybox', for: 'lab' },
  { name: 'dash', program: 'dash', for: 'lab' },
  { name: 'bash', program: 'bash', for: 'lab' },
  { name: 'csh', program: 'csh', for: 'lab' },
  { name: 'fish', program: 'fish', for: 'lab' },
  { name: 'ipset', program: 'ipset', for: 'lab' },
  { name: 'procps', program: 'ps', for: 'lab' },
  { name: 'nftables', program: 'nft', for: 'tests' },
  // Its library libfaketime sets the clock of a call
  { name: 'faketime', program: 'faketime', for: 'tests' },
  { name: 'git', program: 'git', for: 'tests' },
  // fail2ban's and Ansible's own programs are written in it
  { name: 'python3-minimal', program: 'python3', for: 'tests' },
  // debootstrap downloads by the one, and checks what it got by the other
  { name: 'wget', program: 'wget', for: 'tests' },
  { name: 'gpgv', program: 'gpgv', for: 'tests' },
  { name: 'netcat-openbsd', program: 'nc', for: 'tests' },
  { name: 'ansible-core', program: 'ansible-inventory', for: 'tests' },
  // It has no program; the scalars of YAML are compared with what it reads
  { name: 'python3-yaml', program: 'ansible-inventory', for: 'tests' },
  { name: 'fail2ban', program: 'fail2ban-client', for: 'tests' },
  { name: 'shellcheck', program: 'shellcheck', for: 'tests' },
  { name: 'strace', program: 'strace', for: 'tests' },
  { name: 'debootstrap', program: 'debootstrap', for: 'tests' },
  { name: 'chromium', program: 'chromium', for: 'tests' },
  { name: 'systemd-container', program: 'systemd-nspawn', for: 'tests' },
  { name: 'systemd', program: 'systemd-analyze', for: 'tests' },
  { name: 'acl', program: 'setfacl', for: 'tests' },
  { name: 'tmux', program: 'tmux', for: 'tests' },
]

// An ordinary user's PATH lacks the directories of the administrator's programs
const directoriesOfPath = () => [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']

/** Those of them whose program is in none of the directories. */
export function missingPackages(directories = directoriesOfPath()): readonly NeededPackage[] {
  return neededPackages.filter(
    ({ program }) => !directories.some((directory) => existsSync(join(directory, program))),
  )
}
