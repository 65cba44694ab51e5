import type { Client, NextAuthHandler } from 'ssh2'
import { printable } from '../../lib/printable.ts'
import type { Deadline } from '../deadline.ts'
import type { HostKeyCheck } from '../known-hosts/host-key-check.ts'
import type { Line } from '../line/line.ts'
import { watchLine } from '../line/meter.ts'
import { writeTogether } from '../line/write-together.ts'
import type { Attempts } from '../login/attempts.ts'
import type { Ssh2 } from '../ssh2.ts'
import type { Target } from '../target.ts'
import { algorithmsFor } from './algorithms.ts'
import { advance, explain } from './failure.ts'
import type { Progress } from './failure.ts'

/** A server that says nothing for 15 s is gone: a session must not outlive a firewall that cuts it. */
const KEEPALIVE = { keepaliveInterval: 5_000, keepaliveCountMax: 3 }

/** A server may ask for new keys at any time, and each exchange is work for us. */
const MOST_KEY_EXCHANGES = 32

export interface SessionParts {
  readonly ssh2: Ssh2
  readonly target: Target
  readonly line: Line
  /** The types of host keys to agree on first. */
  readonly knownTypes: readonly string[]
  readonly hostKey: HostKeyCheck
  readonly attempts: Attempts
  /** What was there but is not offered, for the message of a failed login. */
  readonly passedOver: readonly string[]
}

/** Speaks SSH over a line until the server has let us in. Rejects with ConnectError; then the line has ended. */
export async function startSession(parts: SessionParts, deadline: Deadline): Promise<Client> {
  const client = new parts.ssh2.Client()
  const progress: Progress = { stage: 'silent' }
  try {
    await deadline.race(untilReady(client, parts, progress), () =>
      explain(parts, progress, { kind: 'late', seconds: deadline.seconds }),
    )
    return client
  } catch (error) {
    parts.line.end()
    throw error
  }
}

function untilReady(client: Client, parts: SessionParts, progress: Progress): Promise<void> {
  const { target, line, knownTypes, hostKey } = parts
  return new Promise((resolve, reject) => {
    let last: unknown
    const fail = (): void => {
      reject(explain(parts, progress, { kind: 'closed', error: last }))
    }
    const meter = watchLine(line.stream)
    writeTogether(line.stream)
    let hasEnded = false
    for (const end of ['end', 'close']) line.stream.once(end, () => (hasEnded = true))
    // ssh2 may report more errors at any time, also when the session is over: so this stays, and only `close` is the
    // end. The first is what happened; after it ssh2 would go on to read what it does not understand.
    client.on('error', (error) => {
      if (error.level === 'agent') return
      last ??= error
      if (error.level === 'handshake') progress.handshakeError ??= error
      if (error.level !== 'client-socket' && !hasEnded) progress.unreadable ??= error
      line.end()
    })
    client.on('close', fail)
    client.on('banner', (text) => (progress.banner = text))
    parts.attempts.whenAsked(fail)
    let exchanges = 0
    client.on('handshake', () => {
      advance(progress, 'encrypted')
      declineHostKeyProofs(client)
      exchanges += 1
      if (exchanges > MOST_KEY_EXCHANGES) line.end()
    })
    client.on('ready', () => {
      advance(progress, 'ready')
      meter.allowSession()
      resolve()
    })
    client.connect({
      ...KEEPALIVE,
      sock: line.stream,
      username: target.user,
      readyTimeout: 0,
      algorithms: algorithmsFor(target.allowed, knownTypes),
      // By callback and with a boolean: ssh2 takes every other answer, a promise too, for a yes.
      hostVerifier: (key: Buffer, verify: (isGood: boolean) => void) => {
        advance(progress, 'identified')
        verify(hostKey.verify(key))
      },
      authHandler: (_left: unknown, _partial: unknown, next: NextAuthHandler) => {
        advance(progress, 'login')
        const method = parts.attempts.next(progress.accepts)
        if (method) next(method)
        else fail()
      },
    })
    hearRefusals(client, (accepts, isPartial) => {
      progress.accepts = accepts
      if (isPartial) parts.attempts.tookLast()
    })
    line.stream.once('data', (chunk: Buffer) => {
      advance(progress, 'spoke')
      progress.firstWords = printable(chunk.toString('latin1').split(/\r?\n/)[0] ?? '', { most: 200 })
    })
  })
}

/**
 * OpenSSH tells its other host keys after the login, and ssh2 then always has them proved: a signature by each key on
 * the host, and a check of each here. Nobody here looks at them. ssh2 leaves it where it does not know the software.
 */
function declineHostKeyProofs(client: Client): void {
  Object.assign(client, { _remoteVer: '' })
}

type Refused = (accepts: readonly string[], isPartial: boolean) => void

/** What the server says when it does not let in yet; ssh2 tells it of no key of an agent. */
function hearRefusals(client: Client, heard: Refused): void {
  const { _protocol } = client as unknown as { _protocol: { _handlers: { USERAUTH_FAILURE: Handler } } }
  const { _handlers: handlers } = _protocol
  const refused = handlers.USERAUTH_FAILURE
  handlers.USERAUTH_FAILURE = (protocol, accepts, isPartial) => {
    heard(accepts, isPartial)
    refused(protocol, accepts, isPartial)
  }
}

type Handler = (protocol: unknown, accepts: readonly string[], isPartial: boolean) => void
