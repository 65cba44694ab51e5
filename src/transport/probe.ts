import { Socket } from 'node:net'
import type { Probe } from '../model/transport.ts'
import type { Deadline } from './deadline.ts'
import type { Line } from './line/line.ts'

/** Waits for the first bytes of an SSH server, and lets go of the line. */
export async function readBanner(line: Line, deadline: Deadline): Promise<Probe> {
  const { stream } = line
  const isSsh = await new Promise<boolean>((resolve) => {
    let said = ''
    const no = (): void => {
      resolve(false)
    }
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString('latin1')
      if (/^SSH-/m.test(said)) resolve(true)
      else if (said.length > MOST_BYTES) no()
    })
    stream.on('end', no)
    stream.on('close', no)
    deadline.signal.addEventListener('abort', no, { once: true })
    if (deadline.signal.aborted) no()
  })
  const from = ownAddress(line)
  line.end()
  if (isSsh) return { kind: 'ssh', ...from }
  return line.tcpCompleted
    ? { kind: 'tcp-only', ...from }
    : { kind: 'failed', message: line.complaint() || 'no answer' }
}

function ownAddress({ stream }: Line): { from?: string } {
  const from = stream instanceof Socket ? stream.localAddress : undefined
  return from === undefined ? {} : { from }
}

/** A server may say other lines first. Source: RFC 4253, section 4.2. */
const MOST_BYTES = 16_384
