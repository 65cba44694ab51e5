import { realpathSync } from 'node:fs'
import type { Credentials } from './accounts.ts'
import { accountFiles } from './accounts.ts'
import { bootLoaderFiles, savedFiles } from './boot-loader.ts'
import type { FileTree } from './file-tree.ts'
import { file } from './file-tree.ts'
import type { Backend, HostSpec, PosixShell } from './host-spec.ts'
import { sshdConfig } from './sshd-config.ts'

/** What a host needs besides its spec. */
export interface HostParts {
  readonly credentials: Credentials
  readonly hostKey: string
  readonly hostsFile: string
  readonly sshdHasPenalties: boolean
}

/** Everything that a host has above the machine's own root directory. */
export function hostFiles(spec: HostSpec, parts: HostParts): FileTree {
  const loader = spec.bootLoader ?? 'debian'
  return {
    '/etc/hostname': file(`${spec.name}\n`),
    '/etc/hosts': file(parts.hostsFile),
    '/etc/resolv.conf': file(''),
    ...accountFiles(spec, parts.credentials),
    '/etc/ssh/sshd_config': file(sshdConfig(spec, parts.sshdHasPenalties)),
    '/etc/ssh/ssh_host_ed25519_key': file(parts.hostKey, 0o600),
    ...shellLink(spec.shell ?? 'dash'),
    ...backendLinks(spec.backend ?? 'nf_tables'),
    ...(spec.osRelease === undefined ? {} : { '/etc/os-release': file(spec.osRelease) }),
    ...bootLoaderFiles(loader),
    ...savedFiles(loader, spec.saved ?? {}),
    ...firstBootFiles(spec),
  }
}

/** What of the machine must not be seen on its hosts: firewalls, boot loaders, accounts, keys, people's files. */
export const hiddenPaths: readonly string[] = [
  '/root',
  '/home',
  '/etc/ssh',
  '/etc/sudoers',
  '/etc/sudoers.d',
  '/etc/hosts',
  '/etc/resolv.conf',
  '/etc/iptables',
  '/etc/sysconfig',
  '/etc/nftables.conf',
  '/etc/ufw',
  '/etc/firewalld',
  '/etc/docker',
  '/etc/default/netfilter-persistent',
  '/usr/sbin/netfilter-persistent',
  '/usr/share/netfilter-persistent',
  '/usr/lib/systemd/system/netfilter-persistent.service',
  '/usr/lib/systemd/system/netfilter-persistent.service.d',
  '/etc/systemd/system/netfilter-persistent.service.d',
  ...['netfilter-persistent', 'ufw', 'firewalld', 'nftables', 'fail2ban', 'docker'].map(
    (name) => `/etc/systemd/system/multi-user.target.wants/${name}.service`,
  ),
  '/etc/systemd/system/sysinit.target.wants/nftables.service',
  ...['/etc/rc.local', '/etc/network', '/etc/crontab', '/etc/cron.d', '/var/spool/cron'],
  '/var/lib/mailfw',
  '/var/lib/fail2ban',
  '/lab',
]

function shellLink(shell: PosixShell): FileTree {
  return { [`${realpathSync('/bin')}/sh`]: { kind: 'link', to: shell } }
}

/** The links of Debian's alternatives. */
function backendLinks(backend: Backend): FileTree {
  const infix = backend === 'legacy' ? 'legacy' : 'nft'
  const links = ['iptables', 'ip6tables'].flatMap((program) =>
    ['', '-save', '-restore'].map((suffix) => [
      `/etc/alternatives/${program}${suffix}`,
      { kind: 'link' as const, to: `/usr/sbin/${program}-${infix}${suffix}` },
    ]),
  )
  return Object.fromEntries(links) as FileTree
}

/** What boot.sh reads at the first start, and removes. */
function firstBootFiles(spec: HostSpec): FileTree {
  const { rules = {}, setup } = spec
  return {
    ...(rules.v4 === undefined ? {} : { '/lab/rules.v4': file(rules.v4) }),
    ...(rules.v6 === undefined ? {} : { '/lab/rules.v6': file(rules.v6) }),
    ...(setup === undefined && spec.without === undefined ? {} : { '/lab/setup': file(setupScript(spec)) }),
  }
}

function setupScript({ without = [], setup = '' }: HostSpec): string {
  const paths = without.flatMap((name) =>
    ['/usr/sbin', '/usr/bin'].map((directory) => `${directory}/${name}`),
  )
  return `set -e\n${paths.map((path) => `rm -f ${path}\n`).join('')}${setup}\n`
}
