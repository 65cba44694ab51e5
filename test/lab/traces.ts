import { existsSync, readFileSync, readlinkSync, readdirSync } from 'node:fs'

/** What can be seen of a lab from outside while it lives, to look for it again afterwards. */
export interface Traces {
  readonly directory: string
  readonly namespaces: readonly string[]
}

/** Takes down where a lab is: its directory and the network namespaces of some of its processes. */
export function tracesOf(home: string, pids: readonly number[]): Traces {
  return { directory: home.replace(/\/home$/, ''), namespaces: pids.map((pid) => namespaceOf(String(pid))) }
}

/** What is left of it: processes by id, the directory, mounts. Empty when it is gone. */
export function leftOf({ directory, namespaces }: Traces): readonly string[] {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => namespaces.includes(namespaceOf(pid)) || mentions(`/proc/${pid}/cmdline`, directory))
  const mounts = mentions('/proc/self/mountinfo', directory) ? ['a mount'] : []
  return [...processes, ...mounts, ...(existsSync(directory) ? [directory] : [])]
}

function namespaceOf(pid: string): string {
  return attempt(() => readlinkSync(`/proc/${pid}/ns/net`))
}

function mentions(path: string, text: string): boolean {
  return attempt(() => readFileSync(path, 'utf8')).includes(text)
}

/** Processes end while they are looked at. */
function attempt(read: () => string): string {
  try {
    return read()
  } catch {
    return 'gone'
  }
}
