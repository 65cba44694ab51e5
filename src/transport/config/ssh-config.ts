import { readFile } from 'node:fs/promises'
import pLimit from 'p-limit'
import { answersAlike, dependsOnName, isOwnHostName } from './host-dependence.ts'
import type { Answer, SshG } from './ssh-g.ts'
import { runSshG } from './ssh-g.ts'

/** ssh is short, but a thousand at once are not. */
const AT_ONCE = 4

/** What ssh's configuration says about the hosts of a run; each question is asked once. */
export class SshConfig {
  readonly #environment: Readonly<Record<string, string | undefined>>
  readonly #limit = pLimit(AT_ONCE)
  readonly #pairs = new Map<string, Pair>()
  readonly #asked = new Map<string, Promise<SshG | undefined>>()

  readonly #filesRead = new Set<string>()
  readonly #whenMissing: () => void
  #isMissing = false

  /** `whenMissing` is called once if ssh is not installed. */
  constructor(environment: Readonly<Record<string, string | undefined>>, whenMissing: () => void) {
    this.#environment = environment
    this.#whenMissing = whenMissing
  }

  /**
   * `undefined` if ssh is not installed. Rejects with ConnectError (`ssh-config`). ssh is asked about each name by itself,
   * unless it is plain and two plain names, asked with the same arguments, have shown that the answer does not depend on it.
   */
  async ask(args: readonly string[], name: string): Promise<Answer | undefined> {
    const common = isOwnHostName(name) ? await this.#commonFor(args, name) : undefined
    return common ? withName(common, name) : (await this.#askByItself(args, name))?.answer
  }

  /** Whether some host may be reached through another one, by what the files say that were read so far. */
  async mayRoute(): Promise<boolean> {
    const texts = await Promise.all(
      [...this.#filesRead].map((file) => readFile(file, 'utf8').catch(() => '')),
    )
    return texts.some((text) => /proxy(jump|command)/i.test(text))
  }

  /** What holds for all plain names; `undefined` for the two names that are to show it. */
  #commonFor(args: readonly string[], name: string): Promise<Answer | undefined> | undefined {
    const key = JSON.stringify(args)
    const pair = this.#pairs.get(key) ?? { first: name }
    this.#pairs.set(key, pair)
    if (name === pair.first || name === pair.second) return undefined
    if (pair.common) return pair.common
    pair.second = name
    pair.common = this.#compare(args, pair.first, name).catch(() => undefined)
    return undefined
  }

  async #compare(args: readonly string[], first: string, second: string): Promise<Answer | undefined> {
    const [one, other] = await Promise.all([this.#askByItself(args, first), this.#askByItself(args, second)])
    if (one === undefined || other === undefined) return undefined
    const files = one.filesRead
    if (files.length === 0 || JSON.stringify(files) !== JSON.stringify(other.filesRead)) return undefined
    if (args.some((word) => word.includes('%'))) return undefined
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
    if (dependsOnName(texts, one.answer)) return undefined
    return answersAlike({ ...one, name: first }, { ...other, name: second }) ? one.answer : undefined
  }

  #askByItself(args: readonly string[], name: string): Promise<SshG | undefined> {
    const key = JSON.stringify([...args, name])
    const asked = this.#asked.get(key) ?? this.#limit(() => this.#run(args, name))
    this.#asked.set(key, asked)
    return asked
  }

  async #run(args: readonly string[], name: string): Promise<SshG | undefined> {
    if (this.#isMissing) return undefined
    const told = await runSshG(args, name, this.#environment)
    if (told === undefined) this.#missing()
    for (const file of told?.filesRead ?? []) this.#filesRead.add(file)
    return told
  }

  #missing(): void {
    if (!this.#isMissing) this.#whenMissing()
    this.#isMissing = true
  }
}

/** The first two plain names with the same arguments, and what their answers have in common. */
interface Pair {
  readonly first: string
  second?: string
  common?: Promise<Answer | undefined>
}

function withName(common: Answer, name: string): Answer {
  return new Map([...common, ['host', [name]], ['hostname', [name]]])
}
