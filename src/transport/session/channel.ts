import { Writable } from 'node:stream'
import type { Client, ClientChannel } from 'ssh2'
import { printable } from '../../lib/printable.ts'
import { ConnectError } from '../../model/transport.ts'
import type { Channel, Exit } from '../../model/transport.ts'

export interface StartedChannel {
  readonly channel: Channel
  /** Settles when the server has closed it too, or the connection is gone. */
  readonly givenBack: Promise<void>
}

/** Starts a program without a terminal. Rejects with ConnectError: `lost`, or `refused` where the server starts none. */
export function startProgram(
  client: Client,
  command: string,
  isLost: () => boolean,
): Promise<StartedChannel> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      reject(isLost() ? lost(error) : refused(error))
    }
    try {
      client.exec(command, (error, stream) => {
        if (error) fail(error)
        else resolve({ channel: channelOf(client, stream), givenBack: untilClosed(client, stream) })
      })
    } catch (error) {
      reject(lost(error))
    }
  })
}

function untilClosed(client: Client, stream: ClientChannel): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      client.off('close', settle)
      resolve()
    }
    stream.once('close', settle)
    client.once('close', settle)
  })
}

function channelOf(client: Client, stream: ClientChannel): Channel {
  const { stderr } = stream
  const stdin = inputOf(stream)
  const exit: { code?: number; signal?: string } = {}
  let end: (exit: Exit) => void = () => undefined
  const closed = new Promise<Exit>((resolve) => {
    end = resolve
  })
  const settle = (): void => {
    client.off('close', settle)
    stdin.destroy()
    end(exit)
  }
  stream.on('exit', (code: number | null, signal?: string) => {
    if (code !== null) exit.code = code
    if (signal !== undefined) exit.signal = signal
  })
  stream.on('close', settle)
  client.on('close', settle)
  stream.on('error', () => undefined)
  stderr.on('error', () => undefined)
  return {
    stdin,
    stdout: stream,
    stderr,
    closed,
    close() {
      stream.close()
      // What still comes is thrown away: else it would stop the connection's other channels.
      stream.resume()
      stderr.resume()
      settle()
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
  const reason = cause instanceof Error ? printable(cause.message, { most: 200 }) : 'no reason given'
  return new ConnectError('refused', `the server starts no program for this login: ${reason}`, {
    tcpCompleted: true,
    cause,
  })
}
