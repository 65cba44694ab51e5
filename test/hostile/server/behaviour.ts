import type { Socket } from 'node:net'
import type { AuthContext, Connection, ServerChannel, ServerConfig } from 'ssh2'
import type { Part } from './answer.ts'
import type { Request } from './request.ts'

/** One remote call as the server sees it. `number` counts the calls of all connections, the first is 1. */
export interface Call {
  readonly channel: ServerChannel
  readonly command: string
  readonly request: Request
  readonly number: number
}

/** How a hostile host behaves; what is not said, it does as an honest one. */
export interface Behaviour {
  /** Takes the connection over before any SSH. `number` counts connections, the first is 1. */
  readonly takeOver?: (socket: Socket, number: number) => void
  /** The SSH server is made with this. */
  readonly config?: Partial<ServerConfig>
  /** A connection that speaks SSH now; its key exchange has not begun. */
  readonly connected?: (client: Connection) => void
  readonly authenticate?: (context: AuthContext, client: Connection) => void
  /** Logged in. */
  readonly ready?: (client: Connection, number: number) => void
  /** Instead of opening a session channel. */
  readonly openChannel?: (accept: () => unknown, reject: () => void, client: Connection) => void
  /** Instead of starting the program; what `accept` returns is the channel. */
  readonly exec?: (accept: () => ServerChannel, reject: () => void, client: Connection) => void
  /** The program runs, nothing of the archive was read. Returns whether the rest is done by it. */
  readonly started?: (channel: ServerChannel, command: string) => boolean
  /** Answers a call by itself; absent or `undefined`: by `alter`. */
  readonly call?: (call: Call) => unknown
  /** Parts of the honest answer that it says otherwise, by verb. */
  readonly alter?: Readonly<Record<string, (request: Request) => readonly Part[]>>
}
