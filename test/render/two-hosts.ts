import type { ChildProcess } from 'node:child_process'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Family, PerFamily } from '../../src/model/family.ts'
import { FAMILY } from '../../src/model/family.ts'
import type { Backend } from './kernel.ts'

/** Two network namespaces with a cable between them: a server that listens, and a client. */
export interface TwoHosts {
  /** Loads rules on the server. */
  load(text: string, family: Family, backend: Backend): void
  /** Forgets, on both, what neighbours said. */
  forgetNeighbours(): void
  /** Of so many connections begun at the same time, how many were accepted. They stay open until the client ends. */
  connect(family: Family, port: number, count: number): number
  /** The same at several ports: how many connections at each. */
  connectTo(family: Family, counts: Readonly<Record<number, number>>): number
  /** Sends so many datagrams from each of so many sockets. */
  send(port: number, sockets: number, datagrams: number): void
  /** Packets that the server's rules with this comment and target have seen. */
  counted(family: Family, backend: Backend, comment: string, target: string): number
  close(): Promise<void>
}

const ADDRESSES: PerFamily<{ server: string; client: string; bits: number }> = {
  v4: { server: '198.18.77.1', client: '198.18.77.2', bits: 24 },
  v6: { server: '2001:db8:77::1', client: '2001:db8:77::2', bits: 64 },
}

const CLIENT = join(import.meta.dirname, 'packet-client.mjs')
const SERVER = join(import.meta.dirname, 'packet-server.mjs')

export async function startTwoHosts(tcpPorts: readonly number[]): Promise<TwoHosts> {
  const id = `${process.pid}-${(made += 1)}`
  const [server, client] = [`mfs-${id}`, `mfc-${id}`]
  for (const name of [server, client]) run('ip', 'netns', 'add', name)
  run('ip', '-n', server, 'link', 'add', 'veth0', 'type', 'veth', 'peer', 'name', 'veth0', 'netns', client)
  for (const [name, end] of [
    [server, 'server'],
    [client, 'client'],
  ] as const) {
    for (const { bits, [end]: address } of Object.values(ADDRESSES)) {
      run(
        'ip',
        '-n',
        name,
        'address',
        'add',
        `${address}/${bits}`,
        'dev',
        'veth0',
        ...(address.includes(':') ? ['nodad'] : []),
      )
    }
    for (const link of ['lo', 'veth0']) run('ip', '-n', name, 'link', 'set', link, 'up')
  }
  const listening = await startServer(server, tcpPorts)
  const inServer = (...command: string[]): string => run('ip', 'netns', 'exec', server, ...command)
  const inClient = (...command: string[]): string =>
    run('ip', 'netns', 'exec', client, process.execPath, CLIENT, ...command)
  return {
    load: (text, family, backend) => {
      execFileSync('ip', ['netns', 'exec', server, `${FAMILY[family].command}-${backend}-restore`], {
        input: text,
      })
    },
    forgetNeighbours: () => {
      for (const name of [server, client]) run('ip', '-n', name, 'neighbour', 'flush', 'all')
    },
    connect: (family, port, count) =>
      Number(inClient('connect', ADDRESSES[family].server, String(port), String(count))),
    connectTo: (family, counts) =>
      Number(inClient('connect', ADDRESSES[family].server, ...Object.entries(counts).flat().map(String))),
    send: (port, sockets, datagrams) => {
      inClient('send', ADDRESSES.v4.server, String(port), String(sockets), String(datagrams))
    },
    counted: (family, backend, comment, target) =>
      sum(inServer(`${FAMILY[family].command}-${backend}-save`, '-c'), `--comment ${comment} -j ${target}`),
    close: async () => {
      const ended = once(listening, 'close')
      listening.kill()
      await ended
      for (const name of [server, client]) run('ip', 'netns', 'delete', name)
    },
  }
}

let made = 0

async function startServer(namespace: string, ports: readonly number[]): Promise<ChildProcess> {
  const words = ['netns', 'exec', namespace, process.execPath, SERVER, ...ports.map(String)]
  const child = spawn('ip', words, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return child
}

function run(command: string, ...words: string[]): string {
  return execFileSync(command, words, { encoding: 'utf8' })
}

/** Of lines such as `[3:180] -A INPUT … -j DROP`, the packets of those that end so. */
function sum(saved: string, end: string): number {
  return saved
    .split('\n')
    .filter((line) => line.endsWith(end))
    .reduce((packets, line) => packets + Number(/^\[(\d+):/.exec(line)?.[1]), 0)
}
