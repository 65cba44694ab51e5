import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { ConnectError } from '../../model/transport.ts'
import type { Channel, Connection, Exit, Transport } from '../../model/transport.ts'
import { reasonOf } from '../wording.ts'

/** What a login by ssh has beside `HOME`: nothing of the shell that started mailfw, SSH_CONNECTION least of all. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The way to the machine that mailfw itself runs on: programs are started here, as sshd would start them. */
export function createLocalTransport(home: string): Transport {
  return {
    connect: (_host, { signal }) =>
      signal.aborted
        ? Promise.reject(new ConnectError('stopped', 'the run was interrupted'))
        : Promise.resolve(connectionIn(home)),
    // Both would go over loopback, which every ruleset lets through.
    probe: () => Promise.resolve({ kind: 'failed', message: 'this machine is not tried from itself' }),
    knock: () => Promise.resolve('untried'),
    behind: () => Promise.resolve({ found: [], untold: [] }),
    close: () => undefined,
  }
}

function connectionIn(home: string): Connection {
  return {
    address: 'localhost',
    open: (command) => startProgram(command, home),
    reaches: () => Promise.resolve(false),
    close: () => undefined,
  }
}

/** In a session of its own: neither a Ctrl-C at our terminal nor its end reaches what changes the rules. */
function startProgram(command: string, home: string): Promise<Channel> {
  const child = spawn('/bin/sh', ['-c', command], { cwd: '/', detached: true, env: { HOME: home, PATH } })
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      reject(new ConnectError('lost', `no program can be started here: ${reasonOf(error)}`, { cause: error }))
    })
    child.once('spawn', () => {
      resolve(channelOf(child))
    })
  })
}

function channelOf(child: ChildProcessWithoutNullStreams): Channel {
  const { stdin, stdout, stderr } = child
  const closed = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ ...(code !== null && { code }), ...(signal !== null && { signal }) })
    })
  })
  for (const stream of [child, stdin, stdout, stderr]) stream.on('error', () => undefined)
  return {
    stdin,
    stdout,
    stderr,
    closed,
    close() {
      for (const stream of [stdin, stdout, stderr]) stream.destroy()
      child.unref()
    },
  }
}
