import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { World } from './world.ts'

const STDERR = 2
const GRACE_MILLISECONDS = 5_000

export interface Notification {
  readonly command: string
  /** What the command finds on its stdin. */
  readonly document: string
  /** What it finds in MAILFW_EXIT. */
  readonly exit: number
}

export interface NotifyOptions extends Pick<World, 'env' | 'signalGroup'> {
  /** Once it is aborted, the command is ended with all that it started. */
  readonly until: AbortSignal
  /** How long it may take to end by itself then. */
  readonly graceMilliseconds?: number
}

/**
 * Runs a command by the shell and waits until it has ended. Its stdout and stderr go to our stderr: our stdout has the
 * result only. A command that leaves its stdin unread is none the worse for it. Resolves with what went wrong, in words
 * that follow "the command".
 */
export async function notify(
  { command, document, exit }: Notification,
  options: NotifyOptions,
): Promise<string | undefined> {
  try {
    const child = spawn(command, {
      shell: true,
      // It leads a process group, so that what it started can be ended with it
      detached: true,
      env: { ...options.env, MAILFW_EXIT: String(exit) },
      stdio: ['pipe', STDERR, STDERR],
    })
    child.stdin?.on('error', () => undefined).end(document)
    return await endOf(child, options)
  } catch (error) {
    return `could not be started: ${error instanceof Error ? error.message : String(error)}`
  }
}

async function endOf(child: ChildProcess, options: NotifyOptions): Promise<string | undefined> {
  const { until } = options
  try {
    const [code, signal] = (await once(child, 'exit', { signal: until })) as [number | null, string | null]
    if (code === 0) return undefined
    return code === null ? `was ended by ${String(signal)}` : `ended with exit code ${code}`
  } catch (error) {
    if (!until.aborted) throw error
    await endGroup(child, options)
    return isTimeout(until) ? 'took too long and was ended' : 'was interrupted'
  }
}

function isTimeout({ reason }: AbortSignal): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError'
}

/** It is not waited for any longer then: what runs as another user, by sudo, heeds no signal of ours. */
async function endGroup(
  child: ChildProcess,
  { signalGroup, graceMilliseconds = GRACE_MILLISECONDS }: NotifyOptions,
): Promise<void> {
  if (child.pid === undefined) return
  signalGroup(child.pid, 'SIGTERM')
  await once(child, 'exit', { signal: AbortSignal.timeout(graceMilliseconds) }).catch(() => undefined)
  signalGroup(child.pid, 'SIGKILL')
}
