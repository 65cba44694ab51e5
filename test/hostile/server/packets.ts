import type { Socket } from 'node:net'
import type { Connection } from 'ssh2'

/** The parts of ssh2's connection that a server needs to send what ssh2 would never send. */
interface Inside {
  readonly _sock: Socket
  readonly _protocol: {
    readonly _packetRW: {
      readonly write: {
        readonly allocStart: number
        alloc(size: number): Buffer
        finalize(packet: Buffer): Buffer
      }
    }
    readonly _cipher: { encrypt(packet: Buffer): void }
  }
}

function inside(client: Connection): Inside {
  return client as unknown as Inside
}

/** The TCP connection below. */
export function socketOf(client: Connection): Socket {
  return inside(client)._sock
}

/** Sends a payload, encrypted like any other. */
export function sendPayload(client: Connection, payload: Buffer): void {
  const { _packetRW, _cipher } = inside(client)._protocol
  const packet = _packetRW.write.alloc(payload.length)
  packet.set(payload, _packetRW.write.allocStart)
  _cipher.encrypt(_packetRW.write.finalize(packet))
}

/** The parts of a payload: a number is a byte, a text has its length before it. */
export function payload(...parts: readonly (number | string | Buffer)[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'number') return Buffer.from([part])
      return typeof part === 'string'
        ? Buffer.concat([uint32(Buffer.byteLength(part)), Buffer.from(part)])
        : part
    }),
  )
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** Sends chunks for as long as the connection takes them; each `send` may be one packet or many. */
export function forEver(socket: Socket, send: () => void): void {
  const more = (): void => {
    for (let sent = 0; sent < 64 && !socket.destroyed; sent++) {
      if (socket.writableLength > 1_000_000) {
        socket.once('drain', more)
        return
      }
      send()
    }
    if (!socket.destroyed) setImmediate(more)
  }
  more()
}
