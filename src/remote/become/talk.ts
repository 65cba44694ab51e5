import { printable } from '../../lib/printable.ts'
import { NOISE_BYTES } from '../answer.ts'
import { BEGIN, PROMPT, READY } from './commands.ts'
import type { Root } from './commands.ts'

/** How much of what a host says before the archive is kept. */
const KEPT_BYTES = 4_000

/** What was said before the archive. */
export class Talk {
  readonly root: Root
  #output = ''
  #errors = ''
  #errorBytes = 0
  #lastLine = ''
  #prompts = 0
  sent = false
  /** SSH_CONNECTION, empty if there is none; absent if our command has not told it. */
  session: string | undefined

  constructor(root: Root) {
    this.root = root
  }

  get errors(): string {
    return printable(this.#errors.replaceAll(PROMPTS, '').trim(), { most: 400 })
  }

  get asked(): boolean {
    return this.#prompts > 0
  }

  /** The login's name, for a line of sudoers. */
  get user(): string {
    return /^mailfw-user ([\w.-]+)$/m.exec(this.#output)?.[1] ?? 'USER'
  }

  /** Gives the root shell the SSH_CONNECTION that sudo dropped, behind the line without which it runs nothing. */
  get beginning(): string {
    const session = this.session ?? ''
    return `${BEGIN}\n${SESSION.test(session) ? `SSH_CONNECTION='${session}'\n` : ''}`
  }

  hear(chunk: Buffer): 'password' | 'again' | 'too-long' | 'nothing' {
    this.#errorBytes += chunk.length
    if (this.#errorBytes > NOISE_BYTES) return 'too-long'
    const text = chunk.toString('utf8')
    this.#errors = (this.#errors + text).slice(-KEPT_BYTES)
    // sudo waits in the line of its prompt: one that has ended is only quoted.
    this.#lastLine = (this.#lastLine + text).replace(/^[\s\S]*\n/, '').slice(-KEPT_BYTES)
    const prompts = this.#lastLine.split(PROMPT).length - 1
    if (this.sent || prompts === 0) return 'nothing'
    this.#lastLine = ''
    this.#prompts += prompts
    return this.#prompts === 1 ? 'password' : 'again'
  }

  /** Whether the root shell said with this chunk that it is there. A host may talk for ever: only the end is kept. */
  isReady(chunk: Buffer): boolean {
    if (this.sent || this.root.by === 'login') return false
    const output = this.#output + chunk.toString('latin1')
    this.session ??= /mailfw-ssh ?(.*)\n/.exec(output)?.[1]
    this.#output = output.slice(-KEPT_BYTES)
    return new RegExp(`^${READY}\n`, 'm').test(output)
  }
}

const PROMPTS = new RegExp(`\\[sudo: ${PROMPT}\\] (?:Password: ?)?|${PROMPT}`, 'g')

/** Nothing that a shell would read as more than one word in quotes. */
const SESSION = /^[\w:.%-]{2,80} \d{1,5} [\w:.%-]{2,80} \d{1,5}$/
