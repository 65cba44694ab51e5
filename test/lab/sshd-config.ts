import type { HostSpec } from './host-spec.ts'

/** The sshd_config of a host: OpenSSH's defaults, without what needs name servers or PAM. */
export function sshdConfig(spec: HostSpec, hasPenalties: boolean): string {
  const options = spec.sshdOptions ?? []
  const firstMatch = options.findIndex((line) => /^\s*match\s/i.test(line))
  const end = firstMatch === -1 ? options.length : firstMatch
  const lines = [
    ...options.slice(0, end), // sshd takes the first value that it finds
    `Port ${spec.sshPort ?? 22}`,
    'HostKey /etc/ssh/ssh_host_ed25519_key',
    'PidFile /run/sshd.pid',
    'PermitRootLogin yes',
    'PasswordAuthentication yes',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    'UseDNS no',
    'PrintMotd no',
    'PrintLastLog no',
    'Subsystem sftp internal-sftp',
    // All connections come from one address and many fail on purpose
    ...(hasPenalties ? ['PerSourcePenalties no'] : []),
    ...options.slice(end),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

/** Whether the sshd of `ssh -V`'s version knows PerSourcePenalties: OpenSSH 9.8 and later. */
export function hasPenalties(version: string): boolean {
  const [, major, minor] = /OpenSSH_(\d+)\.(\d+)/.exec(version) ?? []
  return Number(major) > 9 || (Number(major) === 9 && Number(minor) >= 8)
}
