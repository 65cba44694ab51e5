import { randomBytes } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { startRunningTimer } from '../lib/running-timer.ts'
import type { Channel, Connection } from '../model/transport.ts'
import type { Request, Verb } from './archive.ts'
import { makeArchive } from './archive.ts'
import type { Answer } from './answer.ts'
import { AnswerReader, field } from './answer.ts'
import type { Root } from './become/commands.ts'
import { commandFor } from './become/commands.ts'
import { Talk } from './become/talk.ts'
import type { NoAnswerCode, WhyNot } from './become/why-not.ts'
import { whyAskedAgain, whyExpired, whyLate, whyNoAnswer } from './become/why-not.ts'
import { openChannel } from './open-channel.ts'
import type { SavedFile } from './saved-files.ts'
import { savedFilesIn } from './saved-files.ts'

export interface CallOptions {
  readonly root: Root
  readonly signal: AbortSignal
  /** Seconds for the host to start the program, and as many for the answer. */
  readonly seconds: number
  /** Is told of saved files that somebody changed while an attempt waited, as far as an answer tells of them. */
  readonly savedFiles?: (files: readonly SavedFile[]) => void
  /** Is told of each call that has ended, whether it did what it was asked for. */
  readonly ended?: (verb: Verb, ok: boolean, seconds: number) => void
}

/** Why a call has no answer. `sent`: the host may have begun with what it was asked to do. */
export type CallCode = NoAnswerCode | 'stopped'

export class CallError extends Error {
  readonly code: CallCode
  readonly sent: boolean

  constructor(code: CallCode, message: string, more: { sent: boolean; cause?: unknown }) {
    super(message, { cause: more.cause })
    this.name = 'CallError'
    this.code = code
    this.sent = more.sent
  }
}

/** The answer `fail CODE` of host.sh: it did not do what it was asked for, and says why. */
export class Refusal extends Error {
  readonly code: string
  readonly detail: string
  /** All that the host said; absent where it is not needed. */
  readonly answer: Answer | undefined

  constructor(code: string, detail: string, answer?: Answer) {
    super(detail === '' ? code : `${code}: ${detail}`)
    this.name = 'Refusal'
    this.code = code
    this.detail = detail
    this.answer = answer
  }
}

/**
 * One remote call: one exec, one archive on stdin, one answer. Rejects with CallError where there is none and with
 * Refusal where host.sh says that it could not. The answer's first line is `ssh`, as the host knows the session.
 */
export async function call(
  connection: Connection,
  verb: Verb,
  request: Request,
  options: CallOptions,
): Promise<Answer> {
  const started = performance.now()
  let ok = false
  try {
    const answer = await ask(connection, verb, request, options)
    ok = true
    return answer
  } finally {
    options.ended?.(verb, ok, (performance.now() - started) / 1_000)
  }
}

/** What came is framed as an answer, but our program says no such thing: what the host did is not known. */
export function notOurs(): CallError {
  return new CallError('no-answer', 'the host gave an answer that our program never gives', { sent: true })
}

async function ask(
  connection: Connection,
  verb: Verb,
  request: Request,
  options: CallOptions,
): Promise<Answer> {
  const nonce = randomBytes(16).toString('hex')
  const archive = makeArchive(verb, nonce, request)
  const channel = await openChannel(
    connection,
    commandFor(options.root),
    options,
    (code, message, cause) => new CallError(code, message, { sent: false, cause }),
  )
  const answer = await converse(channel, archive, nonce, options)
  if (answer === undefined) throw notOurs()
  options.savedFiles?.(savedFilesIn(answer))
  const failure = field(answer, 'fail')
  if (failure !== undefined) throw new Refusal(failure[0] ?? '', answer.texts.get('detail') ?? '', answer)
  return answer
}

/** Sends the archive when the root shell is there, the password when it is asked for, once, and reads to the end. */
function converse(
  channel: Channel,
  archive: Buffer,
  nonce: string,
  options: CallOptions,
): Promise<Answer | undefined> {
  const { root, signal, seconds } = options
  return new Promise((resolve, reject) => {
    const reader = new AnswerReader(nonce)
    const talk = new Talk(root)

    const send = (): void => {
      talk.sent = true
      channel.stdin.end(Buffer.concat([Buffer.from(talk.beginning), archive]))
    }
    let isSettled = false
    const settle = (finish: () => void): void => {
      isSettled = true
      timer.stop()
      signal.removeEventListener('abort', onAbort)
      // What a host still says is not kept.
      channel.stderr.off('data', hear)
      channel.stdout.off('data', read)
      channel.close()
      finish()
    }
    const fail = (code: CallCode, message: string, sent = talk.sent): void => {
      settle(() => {
        reject(new CallError(code, message, { sent }))
      })
    }
    const failAs = ({ code, message, ranNothing }: WhyNot): void => {
      fail(code, message, talk.sent && ranNothing !== true)
    }
    const onAbort = (): void => {
      fail('stopped', 'the run was interrupted')
    }
    const hear = (chunk: Buffer): void => {
      const asked = talk.hear(chunk)
      const expired = whyExpired(talk)
      if (asked === 'too-long') fail('no-answer', TOO_LONG)
      else if (expired) failAs(expired)
      else if (asked === 'again') failAs(whyAskedAgain(talk))
      else if (asked === 'password' && root.by === 'sudo')
        channel.stdin.write(`${root.password?.reveal() ?? ''}\n`)
    }
    const read = (chunk: Buffer): void => {
      const state = reader.push(chunk)
      if (talk.isReady(chunk)) send()
      if (state === 'too-long') fail('no-answer', TOO_LONG)
      if (state === 'whole')
        settle(() => {
          resolve(withSession(reader.parse(), talk.session))
        })
    }
    const timer = startRunningTimer(seconds * 1000, () => {
      failAs(whyLate(talk, seconds))
    })
    channel.stdin.on('error', () => undefined)
    channel.stdout.on('error', () => undefined)
    channel.stderr.on('error', () => undefined)
    channel.stderr.on('data', hear)
    channel.stdout.on('data', read)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    if (root.by === 'login') send()
    void channel.closed.then((exit) => {
      if (!isSettled) failAs(whyNoAnswer(exit, talk, reader.beginning))
    })
  })
}

const TOO_LONG = 'the host sent more than any answer can be'

function withSession(answer: Answer | undefined, session: string | undefined): Answer | undefined {
  return answer === undefined || session === undefined || session === ''
    ? answer
    : { ...answer, lines: [['ssh', ...session.split(' ')], ...answer.lines] }
}
