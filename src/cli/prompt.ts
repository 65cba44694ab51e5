import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { Secret } from '../lib/secret.ts'
import type { World } from './world.ts'

type Terminal = Pick<World, 'stdin' | 'stderr' | 'stop'>

/** Whether somebody is there to answer: questions go to stderr, answers come from stdin. */
export function canAsk({ stdin, stderr }: Terminal): boolean {
  return stdin.isTTY === true && stderr.isTTY === true
}

/** Only y or yes is a yes; Ctrl-C and Ctrl-D are a no. */
export async function confirm(question: string, terminal: Terminal): Promise<boolean> {
  const answer = await readLine(`${question} [y/N] `, terminal, terminal.stderr)
  return /^y(es)?$/i.test(answer?.trim() ?? '')
}

/** Asks without echo. Absent where the question was left with Ctrl-C or Ctrl-D. */
export async function askSecret(question: string, terminal: Terminal): Promise<Secret | undefined> {
  const answer = await readLine(question, terminal, silence())
  terminal.stderr.write('\n')
  return answer === undefined ? undefined : new Secret(answer)
}

function silence(): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) => {
      done()
    },
  })
}

/** `echo` shows what is typed. The terminal itself has stopped to do so before it shows the question: an answer may follow at once. */
async function readLine(
  question: string,
  { stdin, stderr, stop }: Terminal,
  echo: NodeJS.WritableStream,
): Promise<string | undefined> {
  if (stop.aborted) return undefined
  const lines = createInterface({ input: stdin, output: echo, terminal: true, historySize: 0 })
  const leave = (): void => {
    lines.close()
  }
  stop.addEventListener('abort', leave, { once: true })
  try {
    return await new Promise((resolve) => {
      lines.once('close', () => {
        resolve(undefined)
      })
      lines.once('SIGINT', leave)
      lines.question(question, resolve)
      if (echo !== stderr) stderr.write(question)
    })
  } finally {
    stop.removeEventListener('abort', leave)
    lines.close()
  }
}
