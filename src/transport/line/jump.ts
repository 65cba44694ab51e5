import pLimit from 'p-limit'
import type { LimitFunction } from 'p-limit'
import type { Client, ClientChannel } from 'ssh2'
import { printable } from '../../lib/printable.ts'
import { ConnectError } from '../../model/transport.ts'
import type { Deadline } from '../deadline.ts'
import type { Target } from '../target.ts'
import { endpoint } from '../wording.ts'
import type { Line } from './line.ts'

/** Connections that one jump host is asked to make at the same time. */
const OPENINGS_AT_ONCE = 50

/** A failure of these kinds stays: it is not tried again for the next host. */
const LASTING: ReadonlySet<string> = new Set([
  'algorithms',
  'host-key-unknown',
  'host-key-changed',
  'host-key-revoked',
  'login',
  'key-file',
  'ssh-config',
])

interface Jump {
  readonly session: Promise<Client>
  readonly limit: LimitFunction
}

/** The jump hosts of a run: one session with each, shared by all hosts behind it, made anew when it has died. */
export class JumpHosts {
  readonly #jumps = new Map<string, Jump>()
  readonly #login: (hop: Target) => Promise<Client>

  /** `login` makes a session with a jump host, bounded by itself: it belongs to no single host. */
  constructor(login: (hop: Target) => Promise<Client>) {
    this.#login = login
  }

  /** A new TCP connection from the jump host to the target. Rejects with ConnectError. */
  async open(hop: Target, target: Target, deadline: Deadline): Promise<Line> {
    const jump = this.#jumpOver(hop)
    const late = (): ConnectError =>
      new ConnectError(
        'tcp',
        `no connection to ${endpoint(target.hostName, target.port)} ${over(hop)} within ${deadline.seconds} s`,
      )
    const client = await deadline.race(jump.session, late)
    const opening = jump.limit(() => forward(client, hop, target, deadline))
    return deadline.race(opening, late)
  }

  close(): void {
    for (const { session } of this.#jumps.values())
      session.then((client) => client.end()).catch(() => undefined)
    this.#jumps.clear()
  }

  #jumpOver(hop: Target): Jump {
    const key = keyOf(hop)
    const known = this.#jumps.get(key)
    if (known) return known
    const forget = (): void => {
      if (this.#jumps.get(key) === jump) this.#jumps.delete(key)
    }
    const session = this.#login(hop).then(
      (client) => client.on('close', forget),
      (error: unknown) => {
        if (!(error instanceof ConnectError && LASTING.has(error.code))) forget()
        throw onTheWay(hop, error)
      },
    )
    session.catch(() => undefined)
    const jump: Jump = { session, limit: pLimit(OPENINGS_AT_ONCE) }
    this.#jumps.set(key, jump)
    return jump
  }
}

/** All that a session depends on: two hops of the same address may differ in their keys, known_hosts or ProxyCommand. */
export function keyOf(hop: Target): string {
  return JSON.stringify(hop)
}

function forward(client: Client, hop: Target, target: Target, deadline: Deadline): Promise<Line> {
  return new Promise((resolve, reject) => {
    const opened = (error: Error | undefined, stream: ClientChannel): void => {
      if (error) reject(notForwarded(hop, target, error))
      else if (deadline.signal.aborted) stream.close()
      else resolve(lineOf(stream, target))
    }
    try {
      client.forwardOut('127.0.0.1', 0, target.hostName, target.port, opened)
    } catch (error) {
      reject(notForwarded(hop, target, error))
    }
  })
}

function lineOf(stream: ClientChannel, { hostName, port }: Target): Line {
  stream.on('error', () => undefined)
  return {
    stream,
    address: hostName,
    port,
    tcpCompleted: true,
    complaint: () => '',
    end() {
      stream.end()
      stream.close()
    },
  }
}

function notForwarded(hop: Target, target: Target, error: unknown): ConnectError {
  return new ConnectError(
    'tcp',
    `no TCP connection to ${endpoint(target.hostName, target.port)} ${over(hop)}: ${reasonGiven(error)}`,
    { cause: error },
  )
}

/** Source: RFC 4254, section 5.1, SSH_OPEN_ADMINISTRATIVELY_PROHIBITED. */
const PROHIBITED = 1

function reasonGiven(error: unknown): string {
  if (!(error instanceof Error)) return 'no reason given'
  if ('reason' in error && error.reason === PROHIBITED)
    return 'it forwards nothing there (AllowTcpForwarding or PermitOpen in its sshd_config)'
  return printable(error.message.replace(/^\(SSH\) Channel open failure: /, ''), { most: 200 })
}

/** What happened to the jump host says nothing about the host behind it. */
function onTheWay(hop: Target, error: unknown): unknown {
  if (!(error instanceof ConnectError)) return error
  const advice = error.code === 'login' ? KEYS_ALONE : ''
  return new ConnectError(error.code, `${over(hop)}: ${error.message}${advice}`, {
    isOnTheWay: true,
    cause: error,
  })
}

const KEYS_ALONE = '; mailfw logs in to a jump host with keys alone, never with a password'

function over(hop: Target): string {
  return `over the jump host ${endpoint(hop.hostName, hop.port)}`
}
