import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Answer, ServicePort } from '../../model/transport.ts'
import type { Deadline } from '../deadline.ts'
import type { Line } from '../line/line.ts'
import { readGreeting } from './greeting.ts'
import { leave } from './leave.ts'
import type { Manners } from './manners.ts'
import { MANNERS } from './manners.ts'

/** How long a greeting may go on that has begun: Postfix's postscreen takes six seconds for the last line of it. */
const ENDING_MS = 8_000

/**
 * Waits for the first words of a service until the deadline. The line is let go of then, politely where it is our turn
 * to speak; nobody waits for that. `name` is the host's, for a server that has several certificates.
 */
export async function hear(
  line: Line,
  expected: ServicePort['greeting'],
  name: string,
  deadline: Deadline,
): Promise<Answer> {
  if (expected === undefined) {
    line.end()
    return 'connected'
  }
  const stream = expected.tls ? await secured(line.stream, name) : line.stream
  const isGreeted = await greets(line, stream, MANNERS[expected.speech], deadline)
  return isGreeted ? 'greeted' : 'connected'
}

/** Whose certificate it is does not matter: nothing is said that others may not hear. */
async function secured(stream: Duplex, name: string): Promise<Duplex> {
  const { connect } = await import('node:tls')
  return connect({
    socket: stream,
    rejectUnauthorized: false,
    ...(isIP(name) === 0 && { servername: name }),
  })
}

/** Whether the greeting begins before the deadline. Lets go of the line when it is through with it. */
function greets(line: Line, stream: Duplex, manners: Manners, { signal }: Deadline): Promise<boolean> {
  return new Promise((resolve) => {
    let isBegun = false
    let timer: NodeJS.Timeout | undefined
    const end = (): void => {
      signal.removeEventListener('abort', late)
      clearTimeout(timer)
      resolve(isBegun)
      if (stream !== line.stream) stream.destroy()
      line.end()
    }
    const late = (): void => {
      if (!isBegun) end()
    }
    const begun = (): void => {
      if (isBegun) return
      isBegun = true
      timer = setTimeout(end, ENDING_MS)
      resolve(true)
    }
    signal.addEventListener('abort', late, { once: true })
    void readGreeting(stream, manners, begun)
      .then((isWhole) => (isWhole ? leave(stream, manners.leaves) : undefined))
      .then(end)
    if (signal.aborted) late()
  })
}
