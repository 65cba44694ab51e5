import { readFileSync } from 'node:fs'
import type { Entry, FileTree } from './file-tree.ts'
import { file } from './file-tree.ts'
import type { HostSpec, LoginShell, LoginUser } from './host-spec.ts'

/** What lets somebody in: a public key line for the users, the hash of their password for sshd and sudo. */
export interface Credentials {
  readonly publicKey: string
  readonly passwordHash: string
}

/** The name of the user that logs in. */
export function loginName(user: LoginUser): 'root' | 'admin' {
  return user === 'root' ? 'root' : 'admin'
}

/** The account files of a host: the machine's system accounts, root, and `admin` where somebody else than root logs in. */
export function accountFiles(spec: HostSpec, { publicKey, passwordHash }: Credentials): FileTree {
  const user = spec.user ?? 'root'
  const shell = shellPaths[spec.loginShell ?? 'sh']
  const hasAdmin = user !== 'root'
  const names = systemLines('/etc/passwd').map((line) => line.split(':')[0] ?? '')
  const passwd = [
    `root:x:0:0:root:/root:${hasAdmin ? '/bin/sh' : shell}`,
    ...systemLines('/etc/passwd'),
    ...(hasAdmin ? [`admin:x:${adminId}:${adminId}::/home/admin:${shell}`] : []),
  ]
  const group = ['root:x:0:', ...systemLines('/etc/group'), ...(hasAdmin ? [`admin:x:${adminId}:`] : [])]
  const shadow = [
    `root:${passwordHash}:20000::::::`,
    ...names.map((name) => `${name}:*:20000::::::`),
    ...(hasAdmin ? [`admin:${passwordHash}:20000::::::`] : []),
  ]
  return {
    '/etc/passwd': file(lines(passwd)),
    '/etc/group': file(lines(group)),
    '/etc/shadow': file(lines(shadow), 0o600),
    '/etc/sudoers': file(lines([...sudoers, ...sudoRules[user]]), 0o440),
    '/root': { kind: 'directory', mode: 0o700 },
    '/home': { kind: 'directory' },
    ...(hasAdmin ? { '/home/admin': { kind: 'directory', owner: adminId } satisfies Entry } : {}),
    ...authorizedKeys(hasAdmin ? '/home/admin' : '/root', hasAdmin ? adminId : 0, publicKey),
  }
}

const adminId = 1000

const shellPaths: Readonly<Record<LoginShell, string>> = {
  sh: '/bin/sh',
  bash: '/bin/bash',
  csh: '/bin/csh',
  fish: '/usr/bin/fish',
  nologin: '/usr/sbin/nologin',
}

const sudoers = [
  'Defaults env_reset',
  'Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"',
  'root ALL=(ALL:ALL) ALL',
]

const sudoRules: Readonly<Record<LoginUser, readonly string[]>> = {
  root: [],
  sudo: ['admin ALL=(ALL:ALL) NOPASSWD: ALL'],
  'sudo-password': ['admin ALL=(ALL:ALL) ALL'],
  plain: [],
}

function authorizedKeys(home: string, owner: number, publicKey: string): FileTree {
  return {
    [`${home}/.ssh`]: { kind: 'directory', mode: 0o700, owner },
    [`${home}/.ssh/authorized_keys`]: file(`${publicKey}\n`, 0o600, owner),
  }
}

/** The lines of the machine's system accounts or groups, without root's and without those of people. */
function systemLines(path: string): readonly string[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => {
      const [name, , id] = line.split(':')
      return id !== undefined && name !== 'root' && name !== 'admin' && isSystemId(Number(id))
    })
}

function isSystemId(id: number): boolean {
  return id < 1000 || id === 65_534
}

function lines(list: readonly string[]): string {
  return list.map((line) => `${line}\n`).join('')
}
