import type { Duplex } from 'node:stream'

/** Bytes to and from an SSH server, however they get there. */
export interface Line {
  readonly stream: Duplex
  /** Where it was really made to. */
  readonly address: string
  readonly port: number
  /** Whether somebody on our side saw the server complete a TCP handshake; behind a ProxyCommand only its first byte tells. */
  readonly tcpCompleted: boolean
  /** What the way itself said, such as a ProxyCommand on stderr. */
  complaint(): string
  /** Lets go of it; harmless twice. */
  end(): void
}
