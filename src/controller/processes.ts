import { readFile } from 'node:fs/promises'

/** What only the process itself can tell of processes. */
export interface Processes {
  readonly pid: number
  /** Whether there is a process with that id: all that can be known where there is no /proc. */
  readonly exists: (pid: number) => boolean
}

/** One run of one program, which no later one can be mistaken for. */
export interface ProcessIdentity {
  readonly pid: number
  /** When it started, in ticks since the boot; absent where there is no /proc. */
  readonly start?: string
  /** The boot that it belongs to; absent where there is no /proc. */
  readonly boot?: string
}

/** Who we are. */
export async function ownIdentity({ pid }: Processes): Promise<ProcessIdentity> {
  const [status, boot] = await Promise.all([readStatus(pid), readBoot()])
  return { pid, ...(status !== undefined && { start: status.start }), ...(boot !== undefined && { boot }) }
}

/** Whether that very process still is there. One that ended and that nobody waited for is not; one that stands still is. */
export async function isAlive(
  { pid, start, boot }: ProcessIdentity,
  { exists }: Processes,
): Promise<boolean> {
  const ownBoot = await readBoot()
  if (boot === undefined || ownBoot === undefined) return exists(pid)
  if (boot !== ownBoot) return false
  const status = await readStatus(pid)
  return status !== undefined && !/[ZX]/.test(status.state) && (start === undefined || start === status.start)
}

/** The state and the start of a process, by proc(5). The name before them may hold anything. */
async function readStatus(pid: number): Promise<{ state: string; start: string } | undefined> {
  const text = await read(`/proc/${pid}/stat`)
  const [state, ...others] = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? []
  const start = others[18]
  return state === undefined || start === undefined ? undefined : { state, start }
}

async function readBoot(): Promise<string | undefined> {
  return (await read('/proc/sys/kernel/random/boot_id'))?.trim()
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}
