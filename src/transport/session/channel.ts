import { Writable } from 'node:stream'
import type { Client, ClientChannel } from 'ssh2'
import { ConnectError } from '../../model/transport.ts'
import type { Channel, Exit } from '../../model/transport.ts'

/** Starts a program without a terminal. Rejects with ConnectError: `lost`, or `refused` where the server starts none. */
export function startProgram(client: Client, command: string, isLost: () => boolean): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      reject(isLost() ? lost(error) : refused(error))
    }
    try {
      client.exec(command, (error, stream) => {
        if (error) fail(error)
        else resolve(channelOf(client, stream))
      })
    } catch (error) {
      reject(lost(error))
    }
  })
}

function channelOf(client: Client, stream: ClientChannel): Channel {
  let exit: Exit = {}
  const stdin = inputOf(stream)
  const { stderr } = stream
  const closed = new Promise<Exit>((resolve) => {
    const settle = (): void => {
      client.off('close', settle)
      stdin.destroy()
      resolve(exit)
    }
    stream.on('exit', (code: number | null, signal?: string) => {
      exit = { ...(code !== null && { code }), ...(signal !== undefined && { signal }) }
    })
    stream.on('close', settle)
    client.on('close', settle)
  })
  stream.on('error', () => undefined)
  stderr.on('error', () => undefined)
  return {
    stdin,
    stdout: stream,
    stderr,
    closed,
    close() {
      stdin.destroy()
      stream.close()
      // The channel closes when it has been read to its end, and nobody may be reading any more.
      stream.resume()
      stderr.resume()
    },
  }
}

/** ssh2 never calls back for what is written to a channel that has closed: a stream of our own can be ended then. */
function inputOf(stream: ClientChannel): Writable {
  const input = new Writable({
    write(chunk: Buffer, _encoding, done) {
      stream.write(chunk, done)
    },
    final(done) {
      stream.end(done)
    },
  })
  return input.on('error', () => undefined)
}

function lost(cause: unknown): ConnectError {
  return new ConnectError('lost', 'the connection is gone', { tcpCompleted: true, cause })
}

function refused(cause: unknown): ConnectError {
  const reason = cause instanceof Error ? cause.message : 'no reason given'
  return new ConnectError('refused', `the server starts no program for this login: ${reason}`, {
    tcpCompleted: true,
    cause,
  })
}
