import type { Duplex } from 'node:stream'

const MEBIBYTE = 1024 * 1024

/** Greetings, banners and keys: more than any honest server says before the login. */
export const LOGIN_BYTES = MEBIBYTE

/** Several of the longest answers. ssh2 keeps what comes for a channel that is not read yet, whatever window it gave. */
export const SESSION_BYTES = 64 * MEBIBYTE

/** Of ours that the server has not read yet. */
const WAITING_BYTES = MEBIBYTE / 4

/** The line was destroyed by us. */
export class FloodError extends Error {
  constructor(bytes: number) {
    super(`the server sent more than ${bytes / MEBIBYTE} MiB`)
    this.name = 'FloodError'
  }
}

export interface Meter {
  /** From now on the bound is that of a session. */
  allowSession(): void
}

/**
 * Bounds what a server can make us keep and do: the line is destroyed when more came than any server has to say. While
 * the server does not read our replies we do not read what would make more of them, and one that says much lets the
 * other hosts have their turn after each chunk: Node would read on for as long as there is something.
 */
export function watchLine(stream: Duplex): Meter {
  let most = LOGIN_BYTES
  let taken = 0
  const goOn = (): void => {
    stream.resume()
  }
  stream.on('data', (chunk: Buffer) => {
    taken += chunk.length
    if (taken > most) stream.destroy(new FloodError(most))
    else if (stream.writableLength > WAITING_BYTES) stream.pause().once('drain', goOn)
    else if (taken > LOGIN_BYTES) {
      stream.pause()
      setImmediate(goOn)
    }
  })
  return {
    allowSession() {
      most = SESSION_BYTES
    },
  }
}
