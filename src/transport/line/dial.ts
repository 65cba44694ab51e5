import { lookup } from 'node:dns/promises'
import { connect, isIP } from 'node:net'
import type { Socket } from 'node:net'
import { codeOf } from '../../lib/system-error.ts'
import { ConnectError } from '../../model/transport.ts'
import type { Deadline } from '../deadline.ts'
import type { Target } from '../target.ts'
import { endpoint, reasonOf } from '../wording.ts'
import type { Line } from './line.ts'

/** Every 250 ms, or as soon as one has failed, the next address is tried too. Source: RFC 8305, section 8. */
const STAGGER_MS = 250

/** A TCP connection to the first address that answers, tried in the order of the resolver with the families in turn. */
export async function dial(target: Target, deadline: Deadline): Promise<Line> {
  const addresses = await resolve(target, deadline)
  const { hostName, port } = target
  const shown =
    isIP(hostName) === 0 ? `${hostName} (${addresses.join(', ')}), port ${port}` : endpoint(hostName, port)
  const race = raceTo(addresses, target, shown)
  try {
    const socket = await deadline.race(race.winner, () => tooLate(shown, deadline.seconds))
    return lineOf(socket, port)
  } catch (error) {
    race.cancel()
    throw error
  }
}

async function resolve(target: Target, deadline: Deadline): Promise<string[]> {
  const { hostName, addressFamily } = target
  if (isIP(hostName) !== 0) return [hostName]
  const late = (): ConnectError =>
    new ConnectError('name', `no answer within ${deadline.seconds} s as to what ${hostName} resolves to`)
  try {
    const found = await deadline.race(
      lookup(hostName, { all: true, family: addressFamily, verbatim: true }),
      late,
    )
    return inTurn(found)
  } catch (error) {
    if (error instanceof ConnectError) throw error
    throw new ConnectError('name', `the name ${hostName} does not resolve: ${reasonOf(error)}`, {
      cause: error,
    })
  }
}

function inTurn(found: readonly { address: string; family: number }[]): string[] {
  const [first] = found
  const preferred = found.filter(({ family }) => family === first?.family)
  const others = found.filter(({ family }) => family !== first?.family)
  return preferred
    .flatMap((one, index) => [one, ...others.slice(index, index + 1)])
    .concat(others.slice(preferred.length))
    .map(({ address }) => address)
}

interface Race {
  readonly winner: Promise<Socket>
  cancel(): void
}

function raceTo(addresses: readonly string[], target: Target, shown: string): Race {
  const waiting = [...addresses]
  const running = new Set<Socket>()
  const failures: unknown[] = []
  let timer: NodeJS.Timeout | undefined
  const cancel = (): void => {
    clearTimeout(timer)
    waiting.length = 0
    for (const socket of running) socket.destroy()
  }
  const winner = new Promise<Socket>((win, lose) => {
    const startNext = (): void => {
      clearTimeout(timer)
      const host = waiting.shift()
      if (host !== undefined) start(host)
      else if (running.size === 0) lose(unreachable(shown, failures))
    }
    const start = (host: string): void => {
      const { port, bindAddress } = target
      const socket = connect({
        host,
        port,
        noDelay: true,
        ...(bindAddress !== undefined && { localAddress: bindAddress }),
      })
      running.add(socket)
      const failed = (error: unknown): void => {
        running.delete(socket)
        failures.push(error)
        startNext()
      }
      socket.once('error', failed)
      socket.once('connect', () => {
        socket.off('error', failed)
        running.delete(socket)
        cancel()
        win(socket)
      })
      timer = setTimeout(startNext, STAGGER_MS)
    }
    startNext()
  })
  return { winner, cancel }
}

function lineOf(socket: Socket, port: number): Line {
  // Whoever has the line listens too; this one is for the moments when nobody does.
  socket.on('error', () => undefined)
  return {
    stream: socket,
    address: socket.remoteAddress ?? '',
    port,
    tcpCompleted: true,
    complaint: () => '',
    end: () => {
      socket.destroySoon()
      setTimeout(() => socket.destroy(), LAST_BYTES_MS).unref()
    },
  }
}

/** For what we have written to leave; a server that does not read would keep the line for ever. */
const LAST_BYTES_MS = 1_000

function unreachable(shown: string, failures: readonly unknown[]): ConnectError {
  const cause = failures.find((failure) => codeOf(failure) === RESET) ?? failures.at(0)
  if (codeOf(cause) === RESET)
    return new ConnectError('refused', `${shown} took the connection but reset it at once`, {
      tcpCompleted: true,
      cause,
    })
  const reasons = new Set(failures.map(reasonOf))
  return new ConnectError('tcp', `no TCP connection to ${shown}: ${[...reasons].join(', ')}`, { cause })
}

/** A port that is closed refuses the connection; only one that had taken it can reset it. */
const RESET = 'ECONNRESET'

function tooLate(shown: string, seconds: number): ConnectError {
  return new ConnectError('tcp', `no TCP connection to ${shown}: no answer within ${seconds} s`)
}
