import { text } from 'node:stream/consumers'
import type { Host, Login } from '../../src/model/host.ts'
import type { Connection, ConnectError, Transport } from '../../src/model/transport.ts'
import { createTransport } from '../../src/transport/ssh.ts'
import type { SshOptions } from '../../src/transport/ssh.ts'
import type { Home } from './sshd.ts'
import { USER } from './sshd.ts'

/** A host as far as the transport looks at it. */
export function hostAt(login: Partial<Login>, name = '127.0.0.1'): Host {
  const ssh = { name: 'ssh', protocol: 'tcp', ports: [], sources: 'any', families: [] } as const
  return {
    name,
    groups: [],
    vars: {},
    login: { user: USER, sshArguments: [], become: false, connectSeconds: 10, ...login },
    settings: {
      ssh,
      services: [],
      controllers: [],
      blocklist: [],
      ping: true,
      logDropped: false,
      policies: { input: 'drop', forward: 'drop', output: 'accept' },
      extraRules: { v4: [], v6: [] },
      preserve: { chains: [], sets: [], lists: [], interfaces: [], comments: [], rules: [] },
      confirm: 'connection',
      confirmSeconds: 60,
      probes: { services: 'all', timeoutSeconds: 5, banner: true },
      addresses: [],
    },
  }
}

/** A transport that knows `home` only: no agent, no configuration of this machine. */
export function transportIn(
  home: Home,
  more: Partial<SshOptions> = {},
): Transport & { readonly notices: string[] } {
  const notices: string[] = []
  const transport = createTransport({
    acceptNewHostKeys: false,
    home: home.path,
    localUser: USER,
    environment: { PATH: process.env['PATH'] },
    sshConfigFile: home.config,
    notice: (message) => notices.push(message),
    ...more,
  })
  return {
    notices,
    connect: (host, options) => transport.connect(host, options),
    probe: (host, address, options) => transport.probe(host, address, options),
    knock: (host, port, options) => transport.knock(host, port, options),
    behind: (host, hosts, options) => transport.behind(host, hosts, options),
    close: () => {
      transport.close()
    },
  }
}

export function connect(transport: Transport, host: Host, seconds?: number): Promise<Connection> {
  const signal = new AbortController().signal
  return transport.connect(host, { signal, ...(seconds !== undefined && { seconds }) })
}

/** The error of a connect that is to fail. */
export async function failure(connecting: Promise<Connection>): Promise<ConnectError> {
  try {
    const connection = await connecting
    connection.close()
  } catch (error) {
    return error as ConnectError
  }
  throw new Error('expected no connection, got one')
}

/** Runs a command, gives it `input`, and tells how it ended. */
export async function run(
  connection: Connection,
  command: string,
  input = '',
): Promise<{ code: number | undefined; signal: string | undefined; stdout: string; stderr: string }> {
  const channel = await connection.open(command)
  channel.stdin.end(input)
  const [stdout, stderr, exit] = await Promise.all([
    text(channel.stdout),
    text(channel.stderr),
    channel.closed,
  ])
  return { code: exit.code, signal: exit.signal, stdout, stderr }
}
