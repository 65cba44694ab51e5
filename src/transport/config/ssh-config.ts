import { readFile } from 'node:fs/promises'
import pLimit from 'p-limit'
import { dependsOnName } from './host-dependence.ts'
import type { Answer } from './ssh-g.ts'
import { runSshG } from './ssh-g.ts'

/** ssh is short, but a thousand at once are not. */
const AT_ONCE = 4

/** What ssh's configuration says about the hosts of a run; each question is asked once. */
export class SshConfig {
  readonly #environment: Readonly<Record<string, string | undefined>>
  readonly #limit = pLimit(AT_ONCE)
  readonly #first = new Map<string, Promise<First | undefined>>()
  readonly #answers = new Map<string, Promise<Answer | undefined>>()

  readonly #whenMissing: () => void
  #isMissing = false

  /** `whenMissing` is called once where ssh is not installed. */
  constructor(environment: Readonly<Record<string, string | undefined>>, whenMissing: () => void) {
    this.#environment = environment
    this.#whenMissing = whenMissing
  }

  /** `undefined` where ssh is not installed. Rejects with ConnectError (`ssh-config`). */
  async ask(args: readonly string[], name: string): Promise<Answer | undefined> {
    const key = args.join('\0')
    const asked = this.#first.get(key) ?? this.#askFirst(args, name)
    this.#first.set(key, asked)
    const first = await asked
    if (first === undefined || first.name === name) return first?.answer
    return first.holdsForAll ? forName(first, name) : this.#askAgain(args, name)
  }

  async #askFirst(args: readonly string[], name: string): Promise<First | undefined> {
    const options = { environment: this.#environment, tellFiles: true }
    const told = await this.#limit(() => runSshG(args, name, options))
    if (told === undefined) {
      if (!this.#isMissing) this.#whenMissing()
      this.#isMissing = true
      return undefined
    }
    const { answer, filesRead } = told
    const texts = await Promise.all(
      filesRead.map((file) => readFile(file, 'utf8').catch(() => HOST_DEPENDENT)),
    )
    const plain = !args.some((word) => word.includes('%'))
    return { name, answer, holdsForAll: plain && filesRead.length > 0 && !dependsOnName(texts, answer) }
  }

  #askAgain(args: readonly string[], name: string): Promise<Answer | undefined> {
    const key = [...args, name].join('\0')
    const options = { environment: this.#environment, tellFiles: false }
    const asked =
      this.#answers.get(key) ?? this.#limit(async () => (await runSshG(args, name, options))?.answer)
    this.#answers.set(key, asked)
    return asked
  }
}

interface First {
  readonly name: string
  readonly answer: Answer
  readonly holdsForAll: boolean
}

const HOST_DEPENDENT = 'Host unreadable'

function forName(first: First, name: string): Answer {
  const isOwn = first.answer.get('hostname')?.[0] === first.name.toLowerCase()
  return isOwn ? new Map([...first.answer, ['hostname', [name.toLowerCase()]]]) : first.answer
}
