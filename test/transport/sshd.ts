import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

export type KeyType = 'ed25519' | 'rsa' | 'ecdsa'

/** A directory of its own for one test file, with the user's key in it. */
export interface Home {
  readonly path: string
  readonly key: string
  readonly knownHosts: string
  readonly config: string
  remove(): void
}

export function makeHome(): Home {
  const path = mkdtempSync(join(tmpdir(), 'transport-'))
  chmodSync(path, 0o755)
  mkdirSync(join(path, '.ssh'), { mode: 0o700 })
  const key = makeKey(join(path, '.ssh', 'id_ed25519'))
  const knownHosts = join(path, '.ssh', 'known_hosts')
  const config = join(path, 'ssh_config')
  writeFileSync(knownHosts, '')
  writeFileSync(config, `IdentityFile ${key}\nUserKnownHostsFile ${knownHosts}\nGlobalKnownHostsFile none\n`)
  return {
    path,
    key,
    knownHosts,
    config,
    remove: () => {
      rmSync(path, { recursive: true })
    },
  }
}

/** Makes a key pair and returns the path of its private part. */
export function makeKey(
  path: string,
  type: KeyType = 'ed25519',
  passphrase = '',
  more: readonly string[] = [],
): string {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-f', path, '-C', 'test', ...more])
  return path
}

export interface Sshd {
  readonly port: number
  /** Lines of known_hosts for the server's keys. */
  knownAs(name: string): string
  /** What sshd has logged so far. */
  log(): string
  /** Ends its sessions as a crash of the host would, and goes on listening. */
  killSessions(): void
  stop(): Promise<void>
}

/** Starts a real sshd on a loopback port that lets the owner of `home.key` in as us. */
export async function startSshd(
  home: Home,
  options: { keyTypes?: readonly KeyType[]; lines?: readonly string[]; port?: number; address?: string } = {},
): Promise<Sshd> {
  const { keyTypes = ['ed25519'], lines = [], port = await freePort(), address = '127.0.0.1' } = options
  const directory = mkdtempSync(join(home.path, 'sshd-'))
  chmodSync(directory, 0o755)
  const hostKeys = keyTypes.map((type) => makeKey(join(directory, `host_${type}`), type))
  const authorized = join(directory, 'authorized_keys')
  writeFileSync(authorized, readFileSync(`${home.key}.pub`), { mode: 0o600 })
  const config = [
    `ListenAddress ${address}:${port}`,
    ...hostKeys.map((path) => `HostKey ${path}`),
    // The first value wins.
    ...lines,
    `AuthorizedKeysFile ${authorized}`,
    'StrictModes no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    'PidFile none',
    'LogLevel VERBOSE',
  ]
  writeFileSync(join(directory, 'sshd_config'), `${config.join('\n')}\n`)
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', join(directory, 'sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString()
      if (log.includes('Server listening on')) resolve()
    })
    child.once('exit', () => {
      reject(new Error(`sshd ended: ${log}`))
    })
  })
  return {
    port,
    knownAs: (name) =>
      hostKeys
        .map((path) => `${name} ${readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' ')}\n`)
        .join(''),
    log: () => log,
    killSessions() {
      execFileSync('pkill', ['-KILL', '-P', String(child.pid)])
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

/** A port of the loopback that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

export const USER = userInfo().username
