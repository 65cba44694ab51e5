import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import ssh2 from 'ssh2'
import type { AuthContext, Connection, ServerChannel, Session } from 'ssh2'
import { altered, answerText, honestAnswer } from './answer.ts'
import type { Behaviour } from './behaviour.ts'
import { isEnd, readRequest } from './request.ts'

/** Listens on a port of the loopback as one hostile host. Resolves to the port. */
export async function serve(behaviour: Behaviour, hostKey: string): Promise<number> {
  const host = new HostileHost(behaviour, hostKey)
  const server = createServer((socket) => {
    host.take(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

class HostileHost {
  readonly #behaviour: Behaviour
  readonly #ssh: ssh2.Server
  #connections = 0
  #logins = 0
  #calls = 0

  constructor(behaviour: Behaviour, hostKey: string) {
    this.#behaviour = behaviour
    this.#ssh = new ssh2.Server({ hostKeys: [hostKey], ...behaviour.config }, (client) => {
      this.#speak(client)
    })
  }

  take(socket: Socket): void {
    this.#connections += 1
    socket.setNoDelay(true).on('error', () => undefined)
    if (this.#behaviour.takeOver) {
      this.#behaviour.takeOver(socket, this.#connections)
      return
    }
    this.#ssh.injectSocket(socket)
  }

  #speak(client: Connection): void {
    const { connected, authenticate, ready } = this.#behaviour
    client.on('error', () => undefined)
    connected?.(client)
    client.on('authentication', (context: AuthContext) => {
      if (authenticate) authenticate(context, client)
      else if (context.method === 'publickey') context.accept()
      else context.reject(['publickey'])
    })
    client.on('ready', () => {
      this.#logins += 1
      ready?.(client, this.#logins)
    })
    client.on('session', (accept, reject) => {
      const open = (): Session => this.#serveSession(accept(), client)
      if (this.#behaviour.openChannel) this.#behaviour.openChannel(open, reject, client)
      else open()
    })
  }

  #serveSession(session: Session, client: Connection): Session {
    return session.on('exec', (accept, reject, { command }) => {
      const start = (): ServerChannel => {
        const channel = accept()
        channel.on('error', () => undefined)
        this.#run(channel, command)
        return channel
      }
      if (this.#behaviour.exec) this.#behaviour.exec(start, reject, client)
      else start()
    })
  }

  #run(channel: ServerChannel, command: string): void {
    if (this.#behaviour.started?.(channel, command) === true) return
    const chunks: Buffer[] = []
    channel.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      if (!isEnd(chunk)) return
      const request = readRequest(Buffer.concat(chunks.splice(0)).toString())
      this.#calls += 1
      if (this.#behaviour.call?.({ channel, command, request, number: this.#calls }) !== undefined) return
      const others = this.#behaviour.alter?.[request.verb]?.(request) ?? []
      channel.write(answerText(request.nonce, altered(honestAnswer(request), others)))
      channel.exit(0)
      channel.end()
    })
  }
}
