import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { repository } from '../house/source-files.ts'

/** Another process that can have a lock. */
export interface Holder {
  readonly pid: number
  readonly take: () => Promise<{ readonly kind: string; readonly pid?: number; readonly since?: string }>
  readonly release: () => Promise<void>
  /** kill -9; resolves when it is gone. */
  readonly kill: () => Promise<void>
}

export function startHolder(inventory: string, directory: string): Holder {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', `${import.meta.dirname}/lock-holder.ts`, inventory, directory],
    { cwd: repository, stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const { pid } = child
  if (pid === undefined) throw new Error('Expected node to start')
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const tell = async (word: string): Promise<unknown> => {
    child.stdin.write(`${word}\n`)
    const answer = await answers.next()
    if (answer.done === true) throw new Error(`Expected an answer to ${word}, but the process is gone`)
    return JSON.parse(answer.value)
  }
  return {
    pid,
    take: () => tell('take') as ReturnType<Holder['take']>,
    release: async () => {
      await tell('release')
    },
    kill: async () => {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}
