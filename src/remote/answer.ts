/** What a call printed: the fields of its lines by their first word, and its texts by name. */
export interface Answer {
  readonly lines: readonly (readonly string[])[]
  readonly texts: ReadonlyMap<string, string>
}

/** Answers are bounded: a ruleset of 100,000 rules is about 10 MiB. */
export const ANSWER_BYTES = 16 * 1024 * 1024

/** What rc files may say before the answer begins, and anyone on stderr. */
export const NOISE_BYTES = 1024 * 1024

/** Collects the output of a call. Whatever comes before, between and behind our own lines is not ours. */
export class AnswerReader {
  readonly #nonce: string
  readonly #start: Buffer
  readonly #end: Buffer
  readonly #chunks: Buffer[] = []
  #size = 0
  #hasBegun = false
  #tail = Buffer.alloc(0)

  constructor(nonce: string) {
    this.#nonce = nonce
    this.#start = Buffer.from(`${nonce} `)
    this.#end = Buffer.from(`${nonce} end\n`)
  }

  /** Takes a chunk; says whether the answer is whole now, or longer than an answer can be. */
  push(chunk: Buffer): 'more' | 'whole' | 'too-long' {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    const recent = Buffer.concat([this.#tail, chunk])
    this.#hasBegun ||= recent.includes(this.#start)
    if (this.#size > (this.#hasBegun ? ANSWER_BYTES : NOISE_BYTES)) return 'too-long'
    this.#tail = recent.subarray(Math.max(0, recent.length - this.#end.length + 1))
    return recent.includes(this.#end) ? 'whole' : 'more'
  }

  /** The beginning of what came, for a message about a host that did not answer as we asked. */
  get beginning(): string {
    return Buffer.concat(this.#chunks).subarray(0, 400).toString('utf8').trim()
  }

  /** Absent where it has what no answer of ours has: a NUL, or the same text twice. */
  parse(): Answer | undefined {
    const output = Buffer.concat(this.#chunks)
    const answer = output.subarray(0, output.indexOf(this.#end) + this.#end.length)
    return answer.includes(0) ? undefined : parseAnswer(answer.toString('utf8'), this.#nonce)
  }
}

function parseAnswer(output: string, nonce: string): Answer | undefined {
  const lines: string[][] = []
  const texts = new Map<string, string>()
  // A login script that prints no newline at its end would hide the first line of ours.
  const start = output.indexOf(`${nonce} `)
  const parts = `\n${output.slice(start)}`.split(`\n${nonce} `).slice(1)
  for (const part of parts) {
    const newline = part.indexOf('\n')
    const fields = (newline === -1 ? part : part.slice(0, newline)).split(' ')
    const [word, name = ''] = fields
    if (word !== 'text') {
      lines.push(fields)
      continue
    }
    if (texts.has(name)) return undefined
    texts.set(name, newline === -1 ? '' : part.slice(newline + 1))
  }
  return { lines, texts }
}

/** The rest of the first line that begins with the word, or nothing. */
export function field(answer: Answer, ...words: string[]): string[] | undefined {
  const line = answer.lines.find((fields) => words.every((word, index) => fields[index] === word))
  return line?.slice(words.length)
}
