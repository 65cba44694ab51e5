import type { ChildProcess } from 'node:child_process'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { once } from 'node:events'
import type { FleetCommand } from '../../src/model/command.ts'
import type { RunEvent } from '../../src/model/events.ts'
import type { HostResult } from '../../src/model/outcome.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { makeKeyPair } from '../lab/keys.ts'
import { MAILFW, OPEN } from '../e2e/mailfw.ts'

/** Hostile hosts on the controller's loopback, and a good host beside them. */
export interface Fleet {
  readonly lab: Lab
  /** What the hostile hosts told of themselves: lines of JSON. */
  readonly told: readonly string[]
  /** Writes an inventory of some hostile hosts and the good one; returns its path. */
  inventory(names: readonly string[], vars?: Readonly<Record<string, unknown>>): Promise<string>
  /** Runs `mailfw VERB INVENTORY --output jsonl FLAG...`. */
  run(verb: FleetCommand, inventory: string, ...flags: readonly string[]): Promise<Run>
  close(): Promise<void>
}

/** A run that has ended. */
export interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly events: readonly RunEvent[]
  /** The most memory that the process had at any time, in MB. */
  readonly peakMegabytes: number
  readonly seconds: number
  readonly host: (name: string) => HostResult
}

/** The honest host of each fleet. */
export const GOOD = 'good'

/** Starts the hostile hosts of a module that exports `behaviours`; its path is as from the repository. */
export async function startFleet(module: string, good: Omit<HostSpec, 'name'> = {}): Promise<Fleet> {
  const lab = await createLab([{ name: GOOD, ...good }])
  // ssh2 writes one key in 250 that it cannot read, so the key is ssh-keygen's
  const key = join(lab.home, 'hostile-key')
  const { publicKey } = await makeKeyPair(key, 'hostile')
  const { child, ports, told } = await startServers(lab, module, key)
  const lines = Object.values(ports).map((port) => `[127.0.0.1]:${port} ${publicKey}\n`)
  await appendFile(join(lab.home, '.ssh/known_hosts'), lines.join(''))
  let inventories = 0
  return {
    lab,
    told,
    inventory: async (names, vars = {}) => {
      inventories += 1
      const path = join(lab.home, `hostile-${inventories}.yaml`)
      await writeFile(path, JSON.stringify(inventoryOf(lab, names, ports, vars)))
      return path
    },
    run: (verb, inventory, ...flags) => run(lab, [verb, inventory, '--output', 'jsonl', ...flags]),
    close: async () => {
      child.stdin?.end()
      await lab.close()
    },
  }
}

async function startServers(
  lab: Lab,
  module: string,
  key: string,
): Promise<{
  child: ChildProcess
  ports: Readonly<Record<string, number>>
  told: readonly string[]
}> {
  const root = resolve(import.meta.dirname, '../..')
  const words = ['test/run/start.mjs', 'test/hostile/server/main.ts', module].map((path) => join(root, path))
  const child = lab.spawnController(['node', ...words, key], {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: root,
  })
  if (child.stdout === null) throw new Error('Expected a child whose stdout is a pipe')
  const lines = createInterface({ input: child.stdout })
  const line = await Promise.race([once(lines, 'line'), once(lines, 'close')])
  if (line.length === 0) throw new Error('Expected the hostile hosts to start, but their process ended')
  const ports = JSON.parse(line[0] as string) as Record<string, number>
  const told: string[] = []
  lines.on('line', (words) => told.push(words))
  return { child, ports, told }
}

function inventoryOf(
  lab: Lab,
  names: readonly string[],
  ports: Readonly<Record<string, number>>,
  vars: Readonly<Record<string, unknown>>,
): unknown {
  const hostile = names.map((name) => [
    name,
    { ansible_host: '127.0.0.1', ansible_port: ports[name], mailfw_ssh: { port: 22 }, ...vars },
  ])
  const good = [GOOD, { ansible_host: lab.host(GOOD).address }]
  return {
    mail: {
      vars: { ansible_user: 'root', ...OPEN },
      hosts: Object.fromEntries([...hostile, good]) as unknown,
    },
  }
}

async function run(lab: Lab, words: readonly string[]): Promise<Run> {
  const started = performance.now()
  const child = lab.spawnController([...MAILFW, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  const stdout = collect(child.stdout)
  const stderr = collect(child.stderr)
  let peakMegabytes = 0
  const timer = setInterval(() => {
    void peakOf(child.pid).then((peak) => (peakMegabytes = Math.max(peakMegabytes, peak)))
  }, 20)
  const [code] = (await once(child, 'close')) as [number | null]
  clearInterval(timer)
  const events = stdout()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RunEvent)
  const seconds = (performance.now() - started) / 1000
  return {
    code,
    stdout: stdout(),
    stderr: stderr(),
    events,
    peakMegabytes,
    seconds,
    host: (name) => resultOf(events, name, stderr()),
  }
}

function collect(stream: Readable | null): () => string {
  let text = ''
  stream?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return () => text
}

/** Source: proc_pid_status(5), VmHWM. */
async function peakOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8').catch(() => '')
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024
}

function resultOf(events: readonly RunEvent[], name: string, stderr: string): HostResult {
  const result = events.find((event) => event.event === 'host' && event.host === name)
  if (result?.event === 'host') return result
  throw new Error(`Expected a result for ${name}, got none: ${stderr}`)
}
