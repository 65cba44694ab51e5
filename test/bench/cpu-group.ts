import { mkdtempSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** A control group of its own for a command and all that it starts, whatever becomes of its parents. */
export interface CpuGroup {
  /** The words that run a command in it. */
  readonly inside: (command: readonly string[]) => readonly string[]
  /** What its processes have used until now, in user and in system mode. */
  readonly cpuSeconds: () => number
  /** Ends those that are left, and removes it. */
  readonly close: () => Promise<void>
}

/** Makes a group below our own; undefined where the machine lets us make none. */
export function openCpuGroup(): CpuGroup | undefined {
  const directory = makeGroup()
  if (directory === undefined) return undefined
  return {
    inside: (command) => ['sh', '-c', 'echo 0 >"$0/cgroup.procs" && exec "$@"', directory, ...command],
    cpuSeconds: () => usedSeconds(readFileSync(join(directory, 'cpu.stat'), 'utf8')),
    close: async () => {
      await endAll(directory)
      rmdirSync(directory)
    },
  }
}

function makeGroup(): string | undefined {
  const mounted = /^\S+ (\S+) cgroup2 /m.exec(readFileSync('/proc/self/mounts', 'utf8'))?.[1]
  const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1]
  if (mounted === undefined || own === undefined) return undefined
  try {
    return mkdtempSync(join(mounted, own, 'mailfw-bench-'))
  } catch {
    return undefined
  }
}

function usedSeconds(stat: string): number {
  const used = /^usage_usec (\d+)$/m.exec(stat)?.[1]
  if (used === undefined) throw new Error(`Expected usage_usec in cpu.stat, got: ${stat}`)
  return Number(used) / 1_000_000
}

async function endAll(directory: string): Promise<void> {
  for (;;) {
    const left = readFileSync(join(directory, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)
    if (left.length === 0) return
    for (const pid of left) endOne(Number(pid))
    await delay(5)
  }
}

function endOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
