import type { Duplex } from 'node:stream'

const MEBIBYTE = 1024 * 1024

/** Greetings, banners and keys: more than any honest server says before the login. */
export const LOGIN_BYTES = MEBIBYTE

/** Several of the longest answers. ssh2 keeps what comes for a channel that is not read yet, whatever window it gave. */
export const SESSION_BYTES = 64 * MEBIBYTE

/** More than an OpenSSH server lets us send before it reads on. */
const WAITING_BYTES = 4 * MEBIBYTE

export interface Meter {
  /** From now on the bound is that of a session. */
  allowSession(): void
}

/**
 * Bounds what a server can make us keep: the line is destroyed when more came than any server has to say, and while the
 * server does not read our replies we do not read what would make more of them.
 */
export function watchLine(stream: Duplex): Meter {
  let most = LOGIN_BYTES
  let taken = 0
  stream.on('data', (chunk: Buffer) => {
    taken += chunk.length
    if (taken > most) stream.destroy(new Error(`the server sent more than ${most / MEBIBYTE} MiB`))
    else if (stream.writableLength > WAITING_BYTES && !stream.isPaused()) {
      stream.pause()
      stream.once('drain', () => stream.resume())
    }
  })
  return {
    allowSession() {
      most = SESSION_BYTES
    },
  }
}
