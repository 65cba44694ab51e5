import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { start } from './command.ts'

/** What became of a TCP connection: made, refused, or nothing came back (or an ICMP error that is no refusal). */
export type Reach = 'open' | 'closed' | 'filtered'

export interface ProbeOptions {
  /** One of the sender's own addresses to come from. */
  readonly localAddress?: string
  /** When to take silence for `filtered`. Default 700: less than the second after which a lost SYN is sent again. */
  readonly timeoutMs?: number
}

/** Traffic from and to namespaces of a lab. A place is `controller` or a host's name. */
export interface NetAgents {
  readonly connects: (from: string, address: string, port: number, options?: ProbeOptions) => Promise<Reach>
  readonly listen: (on: string, port: number) => Promise<void>
  readonly close: () => void
}

/** One process for each place and each start of it, at the first use. `pidOf` tells whose network namespace it gets. */
export function makeNetAgents(pidOf: (place: string) => number): NetAgents {
  const agents = new Map<number, Agent>()
  const agentAt = (place: string) => {
    const pid = pidOf(place)
    const agent = agents.get(pid) ?? startAgent(pid)
    agents.set(pid, agent)
    return agent
  }
  return {
    connects: async (from, address, port, { localAddress, timeoutMs = 700 } = {}) =>
      (await agentAt(from).ask({ kind: 'connect', address, port, localAddress, timeoutMs })) as Reach,
    listen: async (on, port) => {
      const result = await agentAt(on).ask({ kind: 'listen', port })
      if (result !== 'listening') throw new Error(`Expected port ${port} of ${on} to be free, got ${result}`)
    },
    close: () => {
      for (const agent of agents.values()) agent.close()
    },
  }
}

interface Agent {
  ask(request: object): Promise<string>
  close(): void
}

function startAgent(pid: number): Agent {
  const program = `${import.meta.dirname}/net-agent.mjs`
  const child = start(['nsenter', `--net=/proc/${pid}/ns/net`, process.execPath, program], { stdio: 'pipe' })
  const waiting = new Map<number, (result: string) => void>()
  listenForAnswers(child, waiting)
  let last = 0
  return {
    ask: (request) =>
      new Promise((resolve) => {
        last += 1
        waiting.set(last, resolve)
        child.stdin?.write(`${JSON.stringify({ id: last, ...request })}\n`)
      }),
    close: () => {
      child.stdin?.end()
    },
  }
}

function listenForAnswers(child: ChildProcess, waiting: Map<number, (result: string) => void>): void {
  if (child.stdout === null) throw new Error('Expected a child whose stdout is a pipe')
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, result } = JSON.parse(line) as { id: number; result: string }
    waiting.get(id)?.(result)
    waiting.delete(id)
  })
}
