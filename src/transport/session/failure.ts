import { printable } from '../../lib/printable.ts'
import { ConnectError } from '../../model/transport.ts'
import type { HostKeyCheck } from '../known-hosts/host-key-check.ts'
import type { Line } from '../line/line.ts'
import { FloodError } from '../line/meter.ts'
import type { Attempts } from '../login/attempts.ts'
import type { Target } from '../target.ts'
import { endpoint, listed, reasonOf } from '../wording.ts'

/** How far a session came; a later one never goes back. */
const STAGES = ['silent', 'spoke', 'identified', 'encrypted', 'login', 'ready'] as const

type Stage = (typeof STAGES)[number]

/** What has happened in one session so far. */
export interface Progress {
  stage: Stage
  /** The first line of what the server said. */
  firstWords?: string
  /** An error of the key exchange itself. */
  handshakeError?: Error
  /** ssh2 could not read on, while there was something to read. */
  unreadable?: Error
  /** The methods that the server named last, once it has. */
  accepts?: readonly string[]
  /** What it said before the login. */
  banner?: string
}

export function advance(progress: Progress, stage: Stage): void {
  if (STAGES.indexOf(stage) > STAGES.indexOf(progress.stage)) progress.stage = stage
}

/** How it ended: the time was over, or the connection. */
export type End =
  { readonly kind: 'late'; readonly seconds: number } | { readonly kind: 'closed'; readonly error?: unknown }

interface Parts {
  readonly target: Target
  readonly line: Line
  readonly hostKey: HostKeyCheck
  readonly attempts: Attempts
  readonly passedOver: readonly string[]
}

/** Why there is no session, from what happened and not from what was said. */
export function explain(parts: Parts, progress: Progress, end: End): ConnectError {
  const refusal = parts.hostKey.refusal()
  if (refusal) return refusal
  if (progress.stage === 'login' || progress.stage === 'ready') return loginFailed(parts, progress, end)
  if (progress.handshakeError) return noAgreement(parts, progress.handshakeError)
  return refused(parts, progress, end)
}

function noAgreement({ line }: Parts, error: Error): ConnectError {
  const where = endpoint(line.address, line.port)
  return new ConnectError(
    'algorithms',
    `no common way to speak SSH with ${where}: ${quoted(error.message)}`,
    { tcpCompleted: true, cause: error },
  )
}

function refused({ line }: Parts, progress: Progress, end: End): ConnectError {
  const where = endpoint(line.address, line.port)
  const tcpCompleted = line.tcpCompleted || progress.stage !== 'silent'
  const complaint = line.complaint()
  if (!tcpCompleted)
    return new ConnectError(
      'tcp',
      `no connection to ${where}: ${complaint || 'its ProxyCommand ended without a word'}`,
    )
  const words = progress.firstWords === undefined ? [] : [`its first line was "${progress.firstWords}"`]
  const cause = end.kind === 'closed' && end.error !== undefined ? end.error : undefined
  const fact = `${where} took the connection but ${whatItDid(end, progress)}`
  return new ConnectError('refused', [fact, ...words, complaint].filter((part) => part !== '').join('; '), {
    tcpCompleted,
    cause,
  })
}

function whatItDid(end: End, progress: Progress): string {
  if (end.kind === 'late') return `did not come to a login within ${end.seconds} s`
  if (end.error instanceof FloodError) return `then ${end.error.message} before the login`
  return progress.unreadable === undefined
    ? 'closed it before the login'
    : `what it says is not SSH (${quoted(progress.unreadable.message)})`
}

function loginFailed(
  { target, line, attempts, passedOver }: Parts,
  progress: Progress,
  end: End,
): ConnectError {
  const where = `${target.user} at ${endpoint(line.address, line.port)}`
  const failures = attempts.failures()
  const keyProblem = failures.find((failure) => failure instanceof ConnectError)
  const tried = attempts.tried()
  const taken = attempts.taken()
  const question = attempts.question()
  // The one key that could not sign was no try.
  const wasTried = tried.length > failures.length || keyProblem === undefined
  const { accepts = [], banner } = progress
  const wants =
    accepts.length === 0 || question !== undefined
      ? []
      : [`the server ${taken.length > 0 ? 'also wants' : 'accepts'} ${quoted(listed(accepts))}`]
  const parts = [
    ...(taken.length > 0 ? [`accepted: ${listed(taken)}`] : []),
    ...(wasTried && (tried.length > 0 || (taken.length === 0 && question === undefined))
      ? [triedText(tried, question === undefined ? end : undefined)]
      : []),
    ...passedOver,
    ...failures.map((failure) => reasonOf(failure)),
    ...(wasTried ? wants : []),
    ...(question === undefined
      ? []
      : [`the server asks "${quoted(question)}", which only a person can answer`]),
    ...endOf(end),
    ...(end.kind === 'closed' && end.error !== undefined && banner !== undefined
      ? [`before, the server said "${quoted(banner.trim())}"`]
      : []),
  ]
  const message = `cannot log in as ${where}: ${printable(parts.join('; '))}`
  return new ConnectError(keyProblem ? 'key-file' : 'login', message, {
    tcpCompleted: true,
    cause: keyProblem,
  })
}

/** What a server says is cut before our own sentence ends. */
function quoted(text: string): string {
  return printable(text, { most: 200 })
}

/** Where the connection was lost on the way nobody has said yet that the last one is not accepted. */
function triedText(tried: readonly string[], end: End | undefined): string {
  if (tried.length === 0) return 'there was nothing to try: no key, no agent, no password'
  const isRefusal = end?.kind === 'closed' && end.error === undefined
  return `${isRefusal ? 'not accepted' : 'tried'}: ${listed(tried)}`
}

function endOf(end: End): string[] {
  if (end.kind === 'late') return [`it did not answer within ${end.seconds} s`]
  return end.error === undefined ? [] : [`it ended with "${quoted(reasonOf(end.error))}"`]
}
