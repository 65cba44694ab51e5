import { spawn } from 'node:child_process'
import type { ChildProcess, SpawnOptions } from 'node:child_process'

/** How a program ended. `code` is null when a signal ended it. */
export interface CommandResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly seconds: number
}

export interface CommandOptions {
  /** What it reads on stdin. Default: nothing. */
  readonly input?: string | Buffer
  /** After this time it is killed. Default 60. */
  readonly timeoutSeconds?: number
}

/** Runs a program to its end. Rejects only when it cannot be started at all. */
export function runCommand(
  command: readonly string[],
  options: CommandOptions & SpawnOptions = {},
): Promise<CommandResult> {
  const { input, timeoutSeconds = 60, ...spawnOptions } = options
  const started = performance.now()
  const child = start(command, { ...spawnOptions, stdio: 'pipe' })
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutSeconds * 1000)
  const stdout = collect(child.stdout)
  const stderr = collect(child.stderr)
  child.stdin?.on('error', () => undefined) // it need not read what it is given
  child.stdin?.end(input)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      const seconds = (performance.now() - started) / 1000
      resolve({ code, signal, stdout: stdout(), stderr: stderr(), seconds })
    })
  })
}

/** Runs a program that must succeed and returns its stdout; else throws with what it said. */
export async function succeed(
  command: readonly string[],
  options: CommandOptions & SpawnOptions = {},
): Promise<string> {
  const { code, signal, stdout, stderr } = await runCommand(command, options)
  if (code === 0) return stdout
  throw new Error(`Expected ${command.join(' ')} to succeed, got ${String(signal ?? code)}: ${stderr.trim()}`)
}

/** Starts a program whose words are an array. */
export function start(command: readonly string[], options: SpawnOptions): ChildProcess {
  const [program, ...words] = command
  if (program === undefined) throw new Error('Expected a command, got no word')
  return spawn(program, words, options)
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = []
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString()
}
