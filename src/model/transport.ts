import type { Readable, Writable } from 'node:stream'
import type { Host, ReachedHost } from './host.ts'

/** How a remote program ended; `code` is absent where the connection was lost or a signal ended it, and that is never success. */
export interface Exit {
  readonly code?: number
  readonly signal?: string
}

/** One running remote program. */
export interface Channel {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** Settles when the channel has closed; never rejects. */
  readonly closed: Promise<Exit>
  /** Gives the program up without waiting for it. */
  close(): void
}

/** One authenticated session with a host, or the machine that mailfw runs on: that has no port. */
export interface Connection {
  /** Where it was really made to, for the report. */
  readonly address: string
  readonly port?: number
  /** Starts a program on the host. Rejects with ConnectError (`lost`) where the connection is gone. */
  open(command: string): Promise<Channel>
  /** Whether a TCP connection can be made from the host to somewhere; nothing is said over it. Never rejects. */
  reaches(address: string, port: number, options: { signal: AbortSignal; seconds: number }): Promise<boolean>
  /** Ends the session; harmless twice. */
  close(): void
}

export const CONNECT_CODES = [
  'name', // the name does not resolve
  'tcp', // no TCP connection: refused, no route, timed out
  'refused', // a TCP connection that the server closed before authentication began (MaxStartups, penalties) or that never spoke SSH
  'algorithms', // no common algorithm
  'host-key-unknown',
  'host-key-changed',
  'host-key-revoked',
  'login', // no method was accepted
  'key-file', // a key that cannot be read, or whose passphrase is missing or wrong
  'ssh-config', // what ssh_config asks for cannot be done here
  'lost', // an established session that broke
  'stopped', // the run was interrupted
] as const

export type ConnectCode = (typeof CONNECT_CODES)[number]

/**
 * How the key of an unknown host is recorded: `before`, the host and `after` are a command for a shell; hosts that
 * differ in nothing else share one.
 */
export interface KeyScan {
  readonly before: string
  readonly host: string
  readonly after: string
}

/** Why there is no session. The message is a sentence without the host's name and state. */
export class ConnectError extends Error {
  readonly code: ConnectCode
  /** Whether the host completed a TCP handshake: then its firewall lets us in, whatever refused us afterwards. */
  readonly tcpCompleted: boolean
  /** Whether a jump host was not reached: that says nothing of the host. */
  readonly isOnTheWay: boolean
  /** For `host-key-unknown`: what the server offered, as `ssh-ed25519 SHA256:…`. */
  readonly fingerprint: string | undefined
  /** For `host-key-unknown`: absent where ssh-keyscan cannot get there. */
  readonly keyScan: KeyScan | undefined

  constructor(
    code: ConnectCode,
    message: string,
    more: {
      tcpCompleted?: boolean
      isOnTheWay?: boolean
      fingerprint?: string
      keyScan?: KeyScan
      cause?: unknown
    } = {},
  ) {
    super(message, { cause: more.cause })
    this.name = 'ConnectError'
    this.code = code
    this.tcpCompleted = more.tcpCompleted ?? false
    this.isOnTheWay = more.isOnTheWay ?? false
    this.fingerprint = more.fingerprint
    this.keyScan = more.keyScan
  }
}

/** What a bare TCP connection to the SSH port found; `from` is our own address, where nothing stands between. */
export type Probe =
  | { readonly kind: 'ssh'; readonly from?: string }
  | { readonly kind: 'tcp-only'; readonly from?: string }
  | { readonly kind: 'failed'; readonly message: string }

/** What a service speaks, as far as its greeting and a farewell go. */
export type Speech = 'smtp' | 'imap' | 'pop3' | 'sieve' | 'http'

/** A port of a service at an address of a host. */
export interface ServicePort {
  readonly address: string
  readonly port: number
  /** The greeting to wait for, in TLS from the first byte or in the clear; absent: a TCP handshake is enough. */
  readonly greeting?: { readonly speech: Speech; readonly tls: boolean }
}

/**
 * How a service answered: with its greeting, whatever that says; with no more than a TCP handshake; not at all.
 * `untried`: the reason is on our side, so it says nothing of the host.
 */
export type Answer = 'greeted' | 'connected' | 'silent' | 'untried'

/** A host that is reached through another one, as that one dials it. */
export interface Behind {
  readonly name: string
  readonly address: string
  readonly port: number
}

export interface HostsBehind {
  readonly found: readonly Behind[]
  /** Hosts of whom ssh did not tell how they are reached. */
  readonly untold: readonly string[]
}

export interface KnockOptions {
  readonly signal: AbortSignal
  /** For all of it. */
  readonly seconds: number
  /** Of these, for the TCP handshake. */
  readonly handshakeSeconds: number
}

/** The way to the hosts; made by `cli` from `transport/`, known to everyone else by this interface. */
export interface Transport {
  /**
   * A new TCP connection and a new client each time, never multiplexed; to `address`, if that is given, instead of what
   * the host's name leads to. The host key is that of the first connection to this host. Rejects with ConnectError.
   */
  connect(
    host: Host,
    options: { signal: AbortSignal; seconds?: number; address?: string },
  ): Promise<Connection>
  /** TCP handshake and SSH banner at another address of the host, once, through the same jump hosts. */
  probe(host: Host, address: string, options: { signal: AbortSignal; seconds: number }): Promise<Probe>
  /**
   * Opens a service the way that SSH goes, reads its greeting and leaves as its protocol has it; that is not waited
   * for. Behind a ProxyCommand it is untried. Rejects with ConnectError (`stopped`) alone.
   */
  knock(host: Host, port: ServicePort, options: KnockOptions): Promise<Answer>
  /**
   * Those of `hosts` that are reached through `host`, whose own address is `address`, as ssh's configuration has it. Rejects
   * with ConnectError.
   */
  behind(
    host: Host,
    hosts: readonly ReachedHost[],
    options: { address: string; signal: AbortSignal; seconds: number },
  ): Promise<HostsBehind>
  /** Ends what is shared between hosts: jump hosts, the agent. */
  close(): void
}
