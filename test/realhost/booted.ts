import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { runCommand } from '../lab/command.ts'

/** The process 1 of what systemd-nspawn boots, when it has started all there is to start; undefined when that fails. */
export async function bootedPid(nspawn: number): Promise<number | undefined> {
  const giveUp = performance.now() + 60_000
  while (performance.now() < giveUp && isThere(nspawn)) {
    const pid = systemdOf(nspawn)
    const state = pid === undefined ? 'none' : await systemState(pid)
    if (state === 'running') return pid
    if (state === 'degraded') return undefined
    await setTimeout(20)
  }
  return undefined
}

/** Waits for systemd where it can be waited for already. */
async function systemState(pid: number): Promise<string> {
  const namespaces = ['--mount', '--net', '--pid', '--uts', '--ipc']
  const words = ['nsenter', '-t', String(pid), ...namespaces, 'systemctl', 'is-system-running', '--wait']
  return (await runCommand(words)).stdout.trim()
}

/** Before it becomes systemd it is not yet in its own root directory. */
function systemdOf(nspawn: number): number | undefined {
  const children = read(`/proc/${nspawn}/task/${nspawn}/children`).split(' ').filter(Boolean).map(Number)
  return children.find((pid) => read(`/proc/${pid}/comm`) === 'systemd\n')
}

function isThere(pid: number): boolean {
  return read(`/proc/${pid}/comm`) !== ''
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
