import { codeOf } from '../../lib/system-error.ts'
import type { Answer } from '../../model/transport.ts'
import { ConnectError } from '../../model/transport.ts'

/** What it says of a service that no line to it could be opened. Throws what ends the run, and bugs. */
export function unanswered(error: unknown): Answer {
  if (!(error instanceof ConnectError) || error.code === 'stopped') throw error
  if (error.tcpCompleted) return 'connected'
  const isTheirs = error.code === 'tcp' && !OURS.has(codeOf(error.cause) ?? '')
  return isTheirs ? 'silent' : 'untried'
}

/** What our own machine lacks: descriptors, memory, ports. */
const OURS: ReadonlySet<string> = new Set([
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'EADDRNOTAVAIL',
  'EADDRINUSE',
])
