import { randomBytes } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import type { Secret } from '../lib/secret.ts'
import { printable } from '../lib/printable.ts'
import { startRunningTimer } from '../lib/running-timer.ts'
import type { Channel, Connection, Exit } from '../model/transport.ts'
import type { Request, Verb } from './archive.ts'
import { makeArchive } from './archive.ts'
import type { Answer } from './answer.ts'
import { AnswerReader, field, NOISE_BYTES } from './answer.ts'
import { openChannel } from './open-channel.ts'
import type { SavedFile } from './saved-files.ts'
import { savedFilesIn } from './saved-files.ts'

/** How a login becomes root. */
export type Root = { readonly by: 'login' } | { readonly by: 'sudo'; readonly password?: Secret }

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
export type CallCode =
  'sudo-missing' | 'sudo-password' | 'sudo-refused' | 'no-shell' | 'no-answer' | 'lost' | 'stopped'

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

// Every login shell reads these alike, csh and fish included: plain words and one pair of single quotes. sudo drops
// SSH_CONNECTION, so it is told before.
const PROMPT = 'mailfw-sudo-password:'
const COMMANDS = {
  login: 'sh -s',
  sudo: `sh -c 'echo mailfw-ssh $SSH_CONNECTION; exec sudo -n sh -c "echo mailfw-ready; exec sh -s"'`,
  sudoWithPassword: `sh -c 'echo mailfw-ssh $SSH_CONNECTION; exec sudo -S -p ${PROMPT} sh -c "echo mailfw-ready; exec sh -s"'`,
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

function commandFor(root: Root): string {
  if (root.by === 'login') return COMMANDS.login
  return root.password === undefined ? COMMANDS.sudo : COMMANDS.sudoWithPassword
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
      channel.stdin.end(Buffer.concat([sessionLine(talk.session), archive]))
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
    const fail = (code: CallCode, message: string): void => {
      settle(() => {
        reject(new CallError(code, message, { sent: talk.sent }))
      })
    }
    const onAbort = (): void => {
      fail('stopped', 'the run was interrupted')
    }
    const hear = (chunk: Buffer): void => {
      const asked = talk.hear(chunk)
      if (asked === 'too-long') fail('no-answer', TOO_LONG)
      if (asked === 'again') fail('sudo-password', 'sudo did not accept the password')
      if (asked === 'password' && root.by === 'sudo')
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
      fail('no-answer', `the host did not answer within ${seconds} s`)
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
      if (isSettled) return
      const { code, message } = whyNoAnswer(exit, talk, reader.beginning)
      fail(code, message)
    })
  })
}

/** Gives the root shell the SSH_CONNECTION that sudo dropped. */
function sessionLine(session = ''): Buffer {
  return Buffer.from(SESSION.test(session) ? `SSH_CONNECTION='${session}'\n` : '')
}

/** Nothing that a shell would read as more than one word in quotes. */
const SESSION = /^[\w:.%-]{2,80} \d{1,5} [\w:.%-]{2,80} \d{1,5}$/

const TOO_LONG = 'the host sent more than any answer can be'

/** What was said before the archive. */
class Talk {
  readonly #root: Root
  #output = ''
  #errors = ''
  #errorBytes = 0
  #prompts = 0
  sent = false
  session: string | undefined

  constructor(root: Root) {
    this.#root = root
  }

  get errors(): string {
    return printable(this.#errors.replaceAll(PROMPT, '').trim(), { most: 400 })
  }

  get asked(): boolean {
    return this.#prompts > 0
  }

  hear(chunk: Buffer): 'password' | 'again' | 'too-long' | 'nothing' {
    this.#errorBytes += chunk.length
    if (this.#errorBytes > NOISE_BYTES) return 'too-long'
    this.#errors = (this.#errors + chunk.toString('utf8')).slice(-4_000)
    // sudo waits behind its prompt: one that something follows is only quoted.
    if (this.sent || !this.#errors.endsWith(PROMPT)) return 'nothing'
    this.#prompts += this.#errors.split(PROMPT).length - 1
    return this.#prompts === 1 ? 'password' : 'again'
  }

  /** Whether the root shell said with this chunk that it is there. A host may talk for ever before: only the last words are kept. */
  isReady(chunk: Buffer): boolean {
    if (this.sent || this.#root.by !== 'sudo') return false
    const output = this.#output + chunk.toString('latin1')
    this.session ??= /mailfw-ssh (.*)\n/.exec(output)?.[1]
    this.#output = output.slice(-4_000)
    return /^mailfw-ready\n/m.test(output)
  }
}

function whyNoAnswer(exit: Exit, talk: Talk, output: string): { code: CallCode; message: string } {
  if (exit.code === undefined && exit.signal === undefined) {
    return { code: 'lost', message: 'the connection broke' }
  }
  const said = talk.errors !== '' ? talk.errors : printable(output, { most: 200 })
  const quoted = said === '' ? 'it said nothing' : `it said: ${said}`
  if (talk.session !== undefined && !talk.sent) {
    if (exit.code === 127) return { code: 'sudo-missing', message: 'there is no sudo on the host' }
    if (talk.asked)
      return { code: 'sudo-refused', message: `sudo does not let this user become root; ${quoted}` }
    return {
      code: 'sudo-refused',
      message: `sudo does not let this user become root without a password (give it with -K); ${quoted}`,
    }
  }
  const ended =
    exit.signal === undefined
      ? `exit status ${String(exit.code)}`
      : `signal ${printable(exit.signal, { most: 20 })}`
  return {
    code: 'no-shell',
    message: `the remote shell did not run our program (${ended}; a forced command, or no real login shell?); ${quoted}`,
  }
}

function withSession(answer: Answer | undefined, session: string | undefined): Answer | undefined {
  return answer === undefined || session === undefined
    ? answer
    : { ...answer, lines: [['ssh', ...session.split(' ')], ...answer.lines] }
}
