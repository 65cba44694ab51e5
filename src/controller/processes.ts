import { readFile } from 'node:fs/promises'

/** What only the process itself can tell of processes. */
export interface Processes {
  readonly pid: number
  /** Whether there is a process with that id: all that can be known where there is no /proc. */
  readonly exists: (pid: number) => boolean
}

/** One run of one program, which no later one is mistaken for; after a reboot that would take the same tick and the same id. */
export interface ProcessIdentity {
  readonly pid: number
  /** When it started, in ticks since the boot; absent where there is no /proc. */
  readonly start?: string
}

/** Who we are. */
export async function ownIdentity({ pid }: Processes): Promise<ProcessIdentity> {
  const status = await readStatus(pid)
  return { pid, ...(status !== undefined && { start: status.start }) }
}

/**
 * Whether that very process still is there. One that ended and that nobody waited for is not; one that stands still is.
 * The boot's id is not asked: who is not shown all of /proc/sys, as in a container, may be shown another one.
 */
export async function isAlive({ pid, start }: ProcessIdentity, { exists }: Processes): Promise<boolean> {
  if (start === undefined) return exists(pid)
  const status = await readStatus(pid)
  return status !== undefined && start === status.start && !/[ZX]/.test(status.state)
}

/** The state and the start of a process, by proc(5). The name before them may hold anything. */
async function readStatus(pid: number): Promise<{ state: string; start: string } | undefined> {
  const text = await read(`/proc/${pid}/stat`)
  const [state, ...others] = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? []
  const start = others[18]
  return state === undefined || start === undefined ? undefined : { state, start }
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}
