import { randomBytes } from 'node:crypto'
import type { FileTree } from '../lab/file-tree.ts'
import { file } from '../lab/file-tree.ts'
import type { HostSpec } from '../lab/host-spec.ts'

/** What a host needs besides its spec. */
export interface RealHostParts {
  readonly publicKey: string
  readonly hostKey: string
  readonly hostsFile: string
  readonly sshdHasPenalties: boolean
}

/** What an administrator has changed on a host since its packages were installed. */
export function realHostFiles(spec: HostSpec, parts: RealHostParts): FileTree {
  const { saved = {} } = spec
  return {
    '/etc/hostname': file(`${spec.name}\n`),
    '/etc/hosts': file(parts.hostsFile),
    '/etc/resolv.conf': file(''),
    // Without it systemd takes this for a first boot, and enables whatever a distribution may want
    '/etc/machine-id': file(`${randomBytes(16).toString('hex')}\n`),
    '/root/.ssh': { kind: 'directory', mode: 0o700 },
    '/root/.ssh/authorized_keys': file(`${parts.publicKey}\n`, 0o600),
    '/etc/ssh/ssh_host_ed25519_key': file(parts.hostKey, 0o600),
    '/etc/ssh/sshd_config.d/host.conf': file(sshdConfig(spec, parts.sshdHasPenalties)),
    '/etc/fail2ban/jail.d/host.local': file(JAIL),
    '/etc/iptables': { kind: 'directory' },
    ...(saved.v4 === undefined ? {} : { '/etc/iptables/rules.v4': file(saved.v4) }),
    ...(saved.v6 === undefined ? {} : { '/etc/iptables/rules.v6': file(saved.v6) }),
    // What runs here is the same before and after a session, without a systemd of root's own
    ...masked('apt-daily.timer', 'apt-daily-upgrade.timer', 'user@.service'),
  }
}

/** Debian's fail2ban looks for /var/log/auth.log, which a host without rsyslog lacks. */
const JAIL = `[DEFAULT]
backend = systemd
banaction = iptables-multiport
maxretry = 3
bantime = 1h
[sshd]
enabled = true
`

/** Debian's own configuration includes it before anything else; sshd takes the first value that it finds. */
function sshdConfig({ sshdOptions = [] }: HostSpec, hasPenalties: boolean): string {
  const lines = [...sshdOptions, 'UseDNS no', ...(hasPenalties ? ['PerSourcePenalties no'] : [])]
  return lines.map((line) => `${line}\n`).join('')
}

function masked(...units: readonly string[]): FileTree {
  return Object.fromEntries(
    units.map((unit) => [`/etc/systemd/system/${unit}`, { kind: 'link', to: '/dev/null' }] as const),
  )
}
