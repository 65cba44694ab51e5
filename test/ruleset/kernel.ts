import type { ChildProcessByStdio } from 'node:child_process'
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import type { Readable, Writable } from 'node:stream'
import type { Family } from '../../src/model/family.ts'
import { FAMILY } from '../../src/model/family.ts'

export interface Backend {
  readonly kind: 'nft' | 'legacy'
  readonly family: Family
}

export const BACKENDS: readonly Backend[] = [
  { kind: 'nft', family: 'v4' },
  { kind: 'nft', family: 'v6' },
  { kind: 'legacy', family: 'v4' },
  { kind: 'legacy', family: 'v6' },
]

export interface Answer {
  readonly status: number
  readonly output: string
}

/** A network namespace of its own with the kernel's real iptables. */
export interface Kernel {
  /** `iptables-nft` and its like; `-save` and `-restore` are appended for the others. */
  readonly command: string
  /** Runs a line of shell; its stdin is `input`. */
  run(command: string, input?: string): Promise<Answer>
  /** Feeds iptables-restore. Throws with its own words where it refuses. */
  restore(text: string, options?: string): Promise<void>
  save(): Promise<string>
  /** Whether a rule written like this is there. */
  knows(table: string, chain: string, rule: string): Promise<boolean>
  close(): void
}

const UNSHARE = process.getuid?.() === 0 ? ['-n'] : ['-rn']

/** Whether this machine lets us make network namespaces and has both kinds of iptables. */
export function hasKernel(): boolean {
  const script = BACKENDS.map((backend) => `${command(backend)}-save`).join(' && ')
  return spawnSync('unshare', [...UNSHARE, 'sh', '-c', script]).status === 0
}

/** Opens a new namespace with empty `sets`. One shell in it takes one command after the other: a process each is all it costs. */
export function openKernel(backend: Backend, sets: readonly string[] = []): Kernel {
  const shell = spawn('unshare', [...UNSHARE, 'sh'], { stdio: ['pipe', 'pipe', 'inherit'] })
  shell.stdout.setEncoding('utf8')
  const iptables = command(backend)
  let last: Promise<unknown> = Promise.resolve()
  const run = (line: string, input = '') => {
    const answer = last.then(() => ask(shell, line, input))
    last = answer
    return answer
  }
  const restore = (text: string, options: string) => run(`${iptables}-restore ${options}`, text)
  const family = backend.family === 'v4' ? 'inet' : 'inet6'
  for (const set of sets) void run(`ipset create ${set} hash:ip family ${family}`)
  return {
    command: iptables,
    run,
    restore: async (text, options = '') => {
      const { status, output } = await restore(text, options)
      if (status !== 0) throw new Error(`${iptables}-restore ${options}: ${output}\n${text}`)
    },
    save: async () => (await run(`${iptables}-save 2>/dev/null`)).output,
    knows: async (table, chain, rule) =>
      (await restore(`*${table}\n-C ${chain} ${rule}\nCOMMIT\n`, '--noflush')).status === 0,
    close: () => shell.stdin.end(),
  }
}

function ask(
  shell: ChildProcessByStdio<Writable, Readable, null>,
  line: string,
  input: string,
): Promise<Answer> {
  return new Promise((resolve) => {
    const mark = randomBytes(8).toString('hex')
    let output = ''
    const listen = (chunk: string) => {
      output += chunk
      const [, before, status] = new RegExp(`^([^]*)${mark} ([0-9]+)\n$`).exec(output) ?? []
      if (before === undefined) return
      shell.stdout.off('data', listen)
      resolve({ status: Number(status), output: before })
    }
    shell.stdout.on('data', listen)
    shell.stdin.write(`{ ${line}\n} 2>&1 <<'${mark}'\n${input}${mark}\necho "${mark} $?"\n`)
  })
}

function command({ kind, family }: Backend): string {
  return FAMILY[family].command.replace('tables', `tables-${kind}`)
}
