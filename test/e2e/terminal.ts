import { stripVTControlCharacters } from 'node:util'
import type { Lab } from '../lab/lab.ts'

/** What a program on the controller showed on its terminal, and its exit code. */
export interface Conversation {
  readonly code: number | null
  readonly shown: string
}

/** A question that nobody expects would wait for ever. */
const MOST_MILLISECONDS = 60_000

/** Runs a program on a terminal of 80 columns; each answer is typed when `question` has come. */
export function converse(
  lab: Lab,
  words: readonly string[],
  answers: readonly string[],
  question = /: $/,
): Promise<Conversation> {
  const command = `stty cols 80 rows 50; ${words.map((word) => `'${word}'`).join(' ')}`
  const onTerminal = ['script', '--quiet', '--flush', '--return', '--command', command, '/dev/null']
  const child = lab.spawnController(onTerminal, { env: { NO_COLOR: '1' } })
  const waiting = [...answers]
  let shown = ''
  let answered = 0
  child.stdout?.on('data', (chunk: Buffer) => {
    shown += chunk.toString()
    if (!question.test(stripVTControlCharacters(shown.slice(answered)))) return
    answered = shown.length
    const next = waiting.shift()
    if (next !== undefined) child.stdin?.write(`${next}\n`)
  })
  const timer = setTimeout(() => child.kill(), MOST_MILLISECONDS)
  return new Promise((resolve) =>
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code, shown: stripVTControlCharacters(shown) })
    }),
  )
}
