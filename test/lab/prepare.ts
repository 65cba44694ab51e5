import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import type { Credentials } from './accounts.ts'
import { runCommand } from './command.ts'
import { hiddenPaths } from './host-files.ts'
import type { HostSpec } from './host-spec.ts'
import type { KeyPair } from './keys.ts'
import { hashPassword, makeKeyPair } from './keys.ts'
import type { NamedHost } from './names.ts'
import { hostsFile, knownHosts } from './names.ts'
import { bridgeBatch, hostAddresses } from './network.ts'
import { hasPenalties } from './sshd-config.ts'

/** What is made before any namespace is. */
export interface Preparation {
  /** The lab's own directory: `home` of the controller, `hosts` where their file systems come. */
  readonly directory: string
  readonly home: string
  readonly password: string
  readonly credentials: Credentials
  readonly hostKeys: readonly KeyPair[]
  readonly hostsFile: string
  readonly sshdHasPenalties: boolean
}

/** Makes the directory with all keys and the controller's files; leaves nothing when that fails. */
export async function prepareLab(specs: readonly HostSpec[], fillKnownHosts: boolean): Promise<Preparation> {
  const directory = await mkdtemp(join(tmpdir(), 'mailfw-lab-'))
  try {
    return await fillDirectory(directory, specs, fillKnownHosts)
  } catch (error) {
    await rm(directory, { recursive: true })
    throw error
  }
}

async function fillDirectory(
  directory: string,
  specs: readonly HostSpec[],
  fillKnownHosts: boolean,
): Promise<Preparation> {
  const home = join(directory, 'home')
  await Promise.all(['home/.ssh', 'hosts', 'keys', 'etc'].map((name) => makePrivate(join(directory, name))))
  const password = randomBytes(9).toString('base64url')
  const [userKey, passwordHash, version, ...hostKeys] = await Promise.all([
    makeKeyPair(join(home, '.ssh/id_ed25519'), 'controller'),
    hashPassword(password),
    runCommand(['ssh', '-V']),
    ...specs.map(({ name }) => makeKeyPair(join(directory, 'keys', name), name)),
  ])
  const named = specs.map((spec, index) => nameHost(spec, index, hostKeys))
  await writeControllerFiles(directory, named, fillKnownHosts)
  return {
    directory,
    home,
    password,
    credentials: { publicKey: userKey.publicKey, passwordHash },
    hostKeys,
    hostsFile: hostsFile(named),
    sshdHasPenalties: hasPenalties(version.stderr),
  }
}

async function makePrivate(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
}

function nameHost(spec: HostSpec, index: number, hostKeys: readonly KeyPair[]): NamedHost {
  const { name, sshPort: port = 22 } = spec
  return { name, port, publicKey: hostKeys[index]?.publicKey ?? '', ...hostAddresses(index + 1) }
}

/** What controller.sh reads or mounts, and the controller's known_hosts. */
async function writeControllerFiles(
  directory: string,
  hosts: readonly NamedHost[],
  fillKnownHosts: boolean,
): Promise<void> {
  const home = join(directory, 'home')
  // OpenSSH finds its user's home in passwd, not in HOME
  const passwd = readFileSync('/etc/passwd', 'utf8').replace(/^(root:.*:)[^:]*(:[^:]*)$/m, `$1${home}$2`)
  const mask = hiddenPaths.filter((path) => existsSync(path))
  const files = {
    network: bridgeBatch(),
    mask: mask.map((path) => `${path}\n`).join(''),
    'etc/passwd': passwd,
    'etc/hosts': hostsFile(hosts),
    'etc/resolv.conf': '',
    'home/.ssh/known_hosts': fillKnownHosts ? knownHosts(hosts) : '',
  }
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(directory, name), text)))
}
