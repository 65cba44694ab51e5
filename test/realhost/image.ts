import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../lab/command.ts'
import { cacheDirectory } from '../run/cache-directory.ts'

/** Debian's packages that a host has; what they depend on comes with them, what they recommend does not. */
const PACKAGES = [
  ...['systemd', 'systemd-sysv', 'libpam-systemd', 'dbus', 'netbase', 'procps', 'iproute2'],
  ...['openssh-server', 'iptables-persistent', 'postfix', 'dovecot-imapd', 'fail2ban', 'python3-systemd'],
  ...['libfaketime', 'sudo', 'opendoas', 'nftables', 'ipset-persistent', 'cron', 'ifupdown'],
]

/** Packages that a release lacks. */
const NOT_IN: Readonly<Record<string, readonly string[]>> = { bookworm: ['sudo-rs'] }

const packagesOf = (release: string): readonly string[] =>
  [...PACKAGES, 'sudo-rs'].filter((name) => NOT_IN[release]?.includes(name) !== true)

/**
 * The root directory of a Debian with our packages, nothing in it started; it is built where this machine has none yet.
 * Rejects, with the last that debootstrap said, when that fails.
 */
export async function debianImage(release: string, env: NodeJS.ProcessEnv): Promise<string> {
  const cache = cacheDirectory(env)
  const image = join(cache, `${release}-${fingerprint(release)}`)
  if (existsSync(image)) return image
  console.error(`Building a Debian ${release} in ${image}: once, it takes a minute or two`)
  const { code, stdout, stderr, seconds } = await runCommand(
    [
      'setpriv',
      '--pdeathsig',
      'KILL',
      'sh',
      script('cache-image.sh'),
      release,
      packagesOf(release).join(','),
      image,
    ],
    { timeoutSeconds: 600 },
  )
  if (code !== 0) throw new Error(`Expected a Debian ${release}, got: ${lastLines(stdout + stderr)}`)
  console.error(`Built in ${seconds.toFixed(0)} s`)
  return image
}

/** Another list of packages, or another way to build, makes another image. */
function fingerprint(release: string): string {
  const parts = [...packagesOf(release), readFileSync(script('build-image.sh'))]
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\0')
  return hash.digest('hex').slice(0, 12)
}

function script(name: string): string {
  return `${import.meta.dirname}/${name}`
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join('; ')
}
