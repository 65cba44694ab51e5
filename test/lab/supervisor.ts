import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { ChildProcess } from 'node:child_process'
import { start } from './command.ts'

/** The process that holds a lab together and ends it with us. */
export interface Supervisor {
  /** The process id of the lab's process 1, as the machine counts. */
  readonly pid: number
  /** Ends everything in the lab, removes its directory; resolves when that is done. */
  close(): Promise<void>
}

/** Starts the controller's namespaces for a directory that was prepared for them. `script` is, or runs, supervise.sh. */
export async function startSupervisor(
  directory: string,
  script = shellPath('supervise.sh'),
): Promise<Supervisor> {
  const child = start(['sh', script, directory], { detached: true, stdio: 'pipe' })
  const complaints = collectText(child.stderr)
  const line = await firstLine(child)
  const close = async () => {
    child.stdin?.end()
    if (child.exitCode === null) await once(child, 'exit')
  }
  const pid = /^ready (\d+)$/.exec(line)?.[1]
  if (pid !== undefined) return { pid: Number(pid), close }
  await close()
  throw new Error(`Expected the lab's controller to start, got: ${complaints()}`)
}

/** The first line that a child prints; empty when it prints none. */
export async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('Expected a child whose stdout is a pipe')
  const lines = createInterface({ input: child.stdout })
  const line = new Promise<string>((resolve) => {
    lines.once('line', resolve)
    lines.once('close', () => {
      resolve('')
    })
  })
  return line
}

/** Gathers what a stream says. */
export function collectText(stream: NodeJS.ReadableStream | null): () => string {
  let text = ''
  stream?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return () => text.trim()
}

/** Where a shell script of the lab is. */
export function shellPath(name: string): string {
  return `${import.meta.dirname}/${name}`
}
