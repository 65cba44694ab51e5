import type { Secret } from '../lib/secret.ts'
import type { PerFamily } from './family.ts'
import type { Preserve } from './foreign.ts'
import type { Network } from './network.ts'
import type { Service } from './service.ts'

export type PolicyTarget = 'accept' | 'drop'

export interface Policies {
  readonly input: PolicyTarget
  readonly forward: PolicyTarget
  readonly output: PolicyTarget
}

/** How the services of a host are tried before a change and after it. */
export interface Probes {
  /** The names of the services, `all`: each that the rules open to us. */
  readonly services: 'all' | readonly string[]
  /** For one service, in one family. */
  readonly timeoutSeconds: number
  /** Whether the service must greet as its protocol has it, too; else a TCP handshake is enough. */
  readonly banner: boolean
}

/** What confirms a change: a new connection that passed the rules, or a person's `mailfw confirm`. */
export const CONFIRMED_BY = ['connection', 'manual'] as const

export type ConfirmedBy = (typeof CONFIRMED_BY)[number]

/** The resolved `mailfw_*` of one host. */
export interface Settings {
  /** SSH is a service like any other, save that it cannot be switched off. */
  readonly ssh: Service
  readonly services: readonly Service[]
  /** Accepted on SSH before any limit counts. */
  readonly controllers: readonly Network[]
  readonly blocklist: readonly Network[]
  readonly ping: boolean
  readonly logDropped: boolean
  /** Rules are rendered without comments; absent if they have them. */
  readonly comments?: false
  readonly policies: Policies
  /** Lines `-A INPUT|FORWARD|OUTPUT …` of the table filter. */
  readonly extraRules: PerFamily<readonly string[]>
  readonly preserve: Preserve
  readonly confirm: ConfirmedBy
  /** Seconds that the guard waits for a confirmation. */
  readonly confirmSeconds: number
  readonly probes: Probes | false
  /** An absolute directory whose templates override ours, file by file. */
  readonly templates?: string
  /** The host's own addresses, where the inventory gives them. */
  readonly addresses: readonly Network[]
}

/** How a host is reached, as far as inventory and flags say; what is absent is ssh_config's to say, then OpenSSH's default. */
export interface Login {
  /** The host is the machine that mailfw runs on: there is no ssh, and of the rest `become` and its password count. */
  readonly local?: true
  /** `ansible_host`; where absent the host's name is looked up, through ssh_config first. */
  readonly address?: string
  readonly port?: number
  readonly user?: string
  readonly keyFile?: string
  readonly password?: Secret
  /** `ansible_ssh_common_args` and its siblings, split into words: handed to `ssh -G`. */
  readonly sshArguments: readonly string[]
  readonly become: boolean
  /** Default: by sudo. */
  readonly becomeMethod?: 'doas'
  /** Default: root. Anything else cannot load rules and is refused when it is read. */
  readonly becomePassword?: Secret
  /** Seconds for a connection to be made, authentication included. */
  readonly connectSeconds: number
}

export interface Host {
  readonly name: string
  /** Every group that holds the host, `all` excepted, sorted. */
  readonly groups: readonly string[]
  /** All variables of the host, `mailfw_*` and the user's own, merged as Ansible merges them. Values that cannot be read here (`!vault`, `{{ … }}`) are opaque objects. */
  readonly vars: Readonly<Record<string, unknown>>
  readonly login: Login
  readonly settings: Settings
}

/** All that it takes to know how a host is reached, whether it is mailfw's or not. */
export type ReachedHost = Pick<Host, 'name' | 'login'>

/** What was rendered for a host: the text of each family, byte for byte as it is persisted. */
export type Wanted = PerFamily<string>
