import type { ChildProcess } from 'node:child_process'
import type { Channel, Connection, Exit } from '../../src/model/transport.ts'
import { start } from '../lab/command.ts'
import type { LabHost } from '../lab/host.ts'

/** A connection whose programs run on a host of the lab as sshd would run them, without sshd. */
export interface LocalConnection extends Connection {
  /** What they said on stderr: a program that works says nothing there. */
  readonly errors: () => string
}

/** `client`: where the host sees it come from. */
export function localConnection(host: LabHost, client = '198.18.255.254'): LocalConnection {
  let errors = ''
  return {
    address: host.address,
    port: host.port,
    open: (command) => {
      const child = startOn(host, ['sh', '-c', `exec ${command}`], client)
      child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()))
      return Promise.resolve(channelOf(child))
    },
    reaches: () => Promise.resolve(false),
    close: () => undefined,
    errors: () => errors,
  }
}

/** Starts a program in all namespaces of a host, in a session of its own. */
export function startOn(host: LabHost, command: readonly string[], client = '198.18.255.254'): ChildProcess {
  const namespaces = ['--mount', '--net', '--pid', '--uts', '--ipc', '--time']
  return start(['setsid', 'nsenter', '-t', String(host.pid), ...namespaces, ...command], {
    stdio: 'pipe',
    env: {
      PATH: '/usr/bin:/bin',
      HOME: '/root',
      SSH_CONNECTION: `${client} 50000 ${host.address} ${host.port}`,
    },
  })
}

function channelOf(child: ChildProcess): Channel {
  const { stdin, stdout, stderr } = child
  if (stdin === null || stdout === null || stderr === null) throw new Error('Expected three pipes')
  const closed = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => {
      resolve(code === null ? { signal: String(signal) } : { code })
    })
  })
  return {
    stdin,
    stdout,
    stderr,
    closed,
    close: () => {
      stdin.destroy()
      stdout.destroy()
      stderr.destroy()
    },
  }
}
