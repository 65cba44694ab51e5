import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Secret } from '../lib/secret.ts'
import type { ConfirmedBy, Login } from '../model/host.ts'
import { LoginVariables, strongest } from './login-variables.ts'
import type { SettingReader } from './setting-reader.ts'
import type { Variable, Variables } from './variable-set.ts'

/** What the command line says of logins; a variable of the inventory is stronger. */
export interface LoginDefaults {
  readonly user?: string
  readonly port?: number
  readonly keyFile?: string
  readonly password?: Secret
  readonly become: boolean
  readonly becomePassword?: Secret
  readonly connectSeconds: number
  /** Stronger than `mailfw_confirm_seconds`. */
  readonly confirmSeconds?: number
  /** Stronger than `mailfw_confirm`. */
  readonly confirm?: ConfirmedBy
  /** No host is logged in to: passwords that only Ansible can read are of no account. */
  readonly offline?: true
}

// Of several spellings Ansible takes the last that is set.
const ADDRESS = ['ansible_host', 'ansible_ssh_host']
const PORT = ['ansible_port', 'ansible_ssh_port']
const USER = ['ansible_user', 'ansible_ssh_user']
const KEY_FILE = ['ansible_private_key_file', 'ansible_ssh_private_key_file']
const PASSWORD = ['ansible_password', 'ansible_ssh_pass', 'ansible_ssh_password']
const BECOME = ['ansible_sudo', 'ansible_become']
const BECOME_METHOD = ['ansible_become_method']
const BECOME_USER = ['ansible_sudo_user', 'ansible_become_user']
const BECOME_PASSWORD = ['ansible_sudo_pass', 'ansible_become_password', 'ansible_become_pass']
const ARGUMENTS = ['ansible_ssh_args', 'ansible_ssh_common_args', 'ansible_ssh_extra_args']

const SUDO = ['sudo', 'ansible.builtin.sudo']
const DOAS = ['doas', 'community.general.doas']
/** Nothing that ssh would take for an option, and nothing that no name or address holds. */
const SAFE_ADDRESS = /^(?!-)[\p{L}\p{N}_.:%-]+$/u
/** Nothing that a shell would take for more than text: ssh_config's ProxyCommand and Match exec may hold the user's name. */
const SAFE_USER = /^(?!-)[\p{L}\p{N}_.@+:%,/\\-]*[\p{L}\p{N}_.@+:%,/-]\$?$/u

/** How a host is reached. What is wrong is reported, and the default stands in for it. */
export function readLogin(
  variables: Variables,
  defaults: LoginDefaults,
  reader: SettingReader,
  isContacted: boolean,
): Login {
  const read = new LoginVariables(variables, reader)
  return {
    ...present('address', read.matching(ADDRESS, SAFE_ADDRESS, 'an address or a host name')),
    ...present('port', read.port(PORT) ?? defaults.port),
    ...present('user', read.matching(USER, SAFE_USER, 'a user name') ?? defaults.user),
    ...present(
      'keyFile',
      inHome(read.matching(KEY_FILE, /^[^\p{Cc}]+$/u, 'the name of a file')) ?? defaults.keyFile,
    ),
    ...present(
      'password',
      read.secret(PASSWORD, { flag: '-k', given: defaults.password, isNeeded: isContacted }),
    ),
    sshArguments: ARGUMENTS.flatMap((name) => read.sshOptions(name)),
    ...readBecome(read, defaults, isContacted),
    connectSeconds: defaults.connectSeconds,
  }
}

/** How mailfw becomes root on the machine that it runs on. The port is the one that sshd has there, if the inventory says it. */
export function readLocalLogin(
  variables: Variables,
  defaults: LoginDefaults,
  reader: SettingReader,
  isContacted: boolean,
): Login {
  const read = new LoginVariables(variables, reader)
  return {
    local: true,
    ...present('port', read.port(PORT)),
    sshArguments: [],
    ...readBecome(read, defaults, isContacted),
    connectSeconds: defaults.connectSeconds,
  }
}

function readBecome(
  read: LoginVariables,
  defaults: LoginDefaults,
  isContacted: boolean,
): Pick<Login, 'become' | 'becomeMethod' | 'becomePassword'> {
  const become = read.flag(BECOME) ?? defaults.become
  if (become) refuseOtherBecome(read)
  const given = { flag: '-K', given: defaults.becomePassword, isNeeded: isContacted && become }
  const isDoas = become && DOAS.includes(read.text(BECOME_METHOD) ?? '')
  return {
    become,
    ...(isDoas && { becomeMethod: 'doas' }),
    ...present('becomePassword', read.secret(BECOME_PASSWORD, given)),
  }
}

/** `ansible_host` of any host, mailfw's or not. */
export function readAddress(variables: Variables, reader: SettingReader): string | undefined {
  return new LoginVariables(variables, reader).matching(ADDRESS, SAFE_ADDRESS, 'an address or a host name')
}

/** The variable that `ansible_host` or its other spelling was read from. */
export function addressVariable(variables: Variables): Variable | undefined {
  return strongest(variables, ADDRESS)
}

function refuseOtherBecome(read: LoginVariables): void {
  read.only(BECOME_METHOD, [...SUDO, ...DOAS], 'sudo or doas, for mailfw knows no other way')
  read.only(BECOME_USER, ['root'], 'root, for no other user can load rules')
}

function inHome(file: string | undefined): string | undefined {
  return file?.startsWith('~/') === true ? join(homedir(), file.slice(2)) : file
}

function present<Key extends string, Value>(key: Key, value: Value | undefined): Partial<Record<Key, Value>> {
  const entry: Partial<Record<Key, Value>> = {}
  if (value !== undefined) entry[key] = value
  return entry
}
