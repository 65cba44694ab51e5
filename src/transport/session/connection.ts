import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'ssh2'
import type { Channel, Connection } from '../../model/transport.ts'
import { ConnectError } from '../../model/transport.ts'
import type { Line } from '../line/line.ts'
import type { StartedChannel } from './channel.ts'
import { startProgram } from './channel.ts'

/** How long the server may take to say that a channel which we closed is closed. */
const CLOSE_MS = 500
/** With `MaxSessions 1` it opens no other one until the old program has ended, which its logout may delay. */
const GIVEN_BACK_MS = 15_000
const PAUSE_MS = 200

/** An authenticated session as the rest of the program sees it. */
export function connectionOf(client: Client, line: Line): Connection {
  let isLost = false
  client.on('close', () => {
    isLost = true
    line.end()
  })
  const opener = new Opener((command) => startProgram(client, command, () => isLost))
  return {
    address: line.address,
    port: line.port,
    open: (command) => opener.open(command),
    reaches: (address, port, options) => reaches(client, { address, port }, options),
    close() {
      client.end()
      line.end()
    },
  }
}

/** Opens a channel when those that were closed before are given back. */
class Opener {
  readonly #start: (command: string) => Promise<StartedChannel>
  readonly #closing = new Set<Promise<void>>()
  #mayBeBusyUntil = 0

  constructor(start: (command: string) => Promise<StartedChannel>) {
    this.#start = start
  }

  async open(command: string): Promise<Channel> {
    const late = new AbortController()
    await Promise.race([
      Promise.all(this.#closing),
      sleep(CLOSE_MS, undefined, { signal: late.signal }).catch(() => undefined),
    ])
    late.abort()
    for (;;) {
      try {
        const started = await this.#start(command)
        this.#mayBeBusyUntil = 0
        return this.#follow(started)
      } catch (error) {
        if (!isUnopened(error) || performance.now() > this.#mayBeBusyUntil) throw error
        await sleep(PAUSE_MS)
      }
    }
  }

  #follow({ channel, givenBack }: StartedChannel): Channel {
    return {
      ...channel,
      close: () => {
        this.#mayBeBusyUntil = performance.now() + GIVEN_BACK_MS
        this.#closing.add(givenBack)
        void givenBack.then(() => this.#closing.delete(givenBack))
        channel.close()
      },
    }
  }
}

function reaches(
  client: Client,
  { address, port }: { readonly address: string; readonly port: number },
  { signal, seconds }: { readonly signal: AbortSignal; readonly seconds: number },
): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (isReached: boolean): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', no)
      resolve(isReached)
    }
    const no = (): void => {
      end(false)
    }
    const timer = setTimeout(no, seconds * 1000)
    signal.addEventListener('abort', no)
    try {
      client.forwardOut('127.0.0.1', 0, address, port, (error, stream) => {
        end(error === undefined)
        if (error === undefined) stream.on('error', () => undefined).close()
      })
    } catch {
      no()
    }
  })
}

/** The server refused the channel itself, not the program. Source: RFC 4254, section 5.1. */
function isUnopened(error: unknown): boolean {
  return error instanceof ConnectError && error.cause instanceof Error && 'reason' in error.cause
}
