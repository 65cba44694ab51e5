import { readdirSync, readFileSync } from 'node:fs'

/**
 * Gathers what the programs of this machine have as arguments and environment, the lab's hosts among them, as often as
 * it can. `after`: the number of a process; only later ones are looked at.
 */
export function watchProcesses(after = 0): { end: () => readonly string[] } {
  const seen = new Set<string>()
  const look = () => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) > after)) {
      for (const part of ['cmdline', 'environ']) seen.add(readIfThere(`/proc/${pid}/${part}`))
    }
  }
  const timer = setInterval(look, 3)
  return {
    end: () => {
      clearInterval(timer)
      return [...seen].map((text) => text.replaceAll('\0', ' '))
    },
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
