import type { Secret } from '../lib/secret.ts'

/** One SSH server and everything that is needed to log in there: inventory, flags, ssh_config and defaults in one. */
export interface Target {
  readonly hostName: string
  readonly port: number
  readonly user: string
  /** 0: whatever resolves. */
  readonly addressFamily: 0 | 4 | 6
  readonly bindAddress?: string
  readonly hostKeys: HostKeySources
  readonly keyFiles: readonly KeyChoice[]
  /** The agent may be asked for keys that are in `keyFiles` only. */
  readonly identitiesOnly: boolean
  readonly agentSocket?: string
  readonly password?: Secret
  readonly allowed: AllowedAlgorithms
  readonly route: Route
}

/** Where the keys of a host are on file, and under which name. */
export interface HostKeySources {
  /** `mx1`, `[mx1]:2222` or the HostKeyAlias, in lower case. */
  readonly name: string
  /** Where that has a port: the name without it, whose keys are good too, as for OpenSSH. */
  readonly plainName?: string
  /** New keys go into the first. */
  readonly userFiles: readonly string[]
  readonly globalFiles: readonly string[]
  /** Whether new lines are written hashed. */
  readonly hashNames: boolean
}

export interface KeyChoice {
  readonly path: string
  /** Named for this host by the user: a problem with it ends the login. */
  readonly required: boolean
}

/** What ssh_config allows, absent where it was not asked. */
export interface AllowedAlgorithms {
  readonly kex?: readonly string[]
  readonly serverHostKey?: readonly string[]
  readonly cipher?: readonly string[]
  readonly hmac?: readonly string[]
}

/** How the bytes get there. */
export type Route =
  | { readonly kind: 'direct' }
  | { readonly kind: 'jump'; readonly hop: Target }
  /** The template still has its tokens: `h` is another one for a probe. */
  | { readonly kind: 'command'; readonly template: string; readonly tokens: Readonly<Record<string, string>> }
