import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { inside } from '../lab/inside.ts'

/** How a boot ended: with systemd as the process `pid`, which has started all there is to start, or not well. */
export type Booted = { readonly pid: number } | { readonly problem: string }

const BOOT_SECONDS = 90

export async function waitForBoot(nspawn: number, mayFail = false): Promise<Booted> {
  const giveUp = performance.now() + BOOT_SECONDS * 1_000
  let state = 'no systemd'
  while (performance.now() < giveUp && isThere(nspawn)) {
    const pid = systemdOf(nspawn)
    if (pid !== undefined) {
      state = await answer(pid, 'systemctl is-system-running')
      if (state === 'running' || (mayFail && state === 'degraded')) return { pid }
      if (state === 'degraded')
        return { problem: await answer(pid, 'systemctl --failed --plain --no-legend') }
    }
    await setTimeout(100)
  }
  return { problem: isThere(nspawn) ? `${state} after ${BOOT_SECONDS} s` : 'systemd-nspawn is gone' }
}

async function answer(pid: number, command: string): Promise<string> {
  const { stdout } = await inside(() => pid).run(command)
  return stdout.trim()
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
