import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from '../model/transport.ts'
import type { ProbedPort } from './probed-ports.ts'
import type { Visit } from './visit.ts'

/** A port that answered before the change, and how. */
export interface AnsweringPort extends ProbedPort {
  readonly answered: 'greeted' | 'connected'
}

/** One of them that answers less after it: `silent`, or with no more than a TCP handshake. */
export interface StoppedPort extends AnsweringPort {
  readonly now: 'silent' | 'connected'
}

/** Enough for a packet that is lost and sent again. Who takes longer, such as a provider that drops port 25, holds up no change. */
const HANDSHAKE_SECONDS = 2
const FIRST_PAUSE_MS = 1_000
/** Also where the window leaves less: the margin before the deadline has it. */
const LEAST_SECONDS = 1

/** Which of the ports answer, all tried at once, each once. Rejects with ConnectError (`stopped`) alone. */
export async function answeringPorts(
  visit: Visit,
  ports: readonly ProbedPort[],
): Promise<readonly AnsweringPort[]> {
  const seconds = timeoutSeconds(visit)
  const handshakeSeconds = Math.min(seconds, HANDSHAKE_SECONDS)
  const tried = await Promise.all(
    ports.map(async (port) => ({ port, answer: await knock(visit, port, { seconds, handshakeSeconds }) })),
  )
  return tried.flatMap(({ port, answer }) =>
    answer === 'greeted' || answer === 'connected' ? [{ ...port, answered: answer }] : [],
  )
}

/**
 * Which of the ports answer less than they did, tried again with growing pauses for twice their time, for a server may
 * be busy; but not after `latest`, by `performance.now()`. Rejects with ConnectError (`stopped`) alone.
 */
export async function stoppedPorts(
  visit: Visit,
  ports: readonly AnsweringPort[],
  latest: number,
): Promise<readonly StoppedPort[]> {
  if (ports.length === 0) return []
  const seconds = timeoutSeconds(visit)
  const until = Math.min(performance.now() + 2 * seconds * 1000 + FIRST_PAUSE_MS, latest)
  // Half of what there is, so that there is a second try.
  let stopped = await lessThanBefore(visit, ports, Math.min(seconds, secondsTo(until) / 2))
  for (let pause = FIRST_PAUSE_MS; stopped.length > 0; pause *= 2) {
    if (performance.now() + pause >= until) break
    await sleep(pause)
    stopped = await lessThanBefore(visit, stopped, Math.min(seconds, secondsTo(until)))
  }
  return stopped
}

async function lessThanBefore(
  visit: Visit,
  ports: readonly AnsweringPort[],
  most: number,
): Promise<readonly StoppedPort[]> {
  const seconds = Math.max(LEAST_SECONDS, most)
  const tried = await Promise.all(
    ports.map(async (port) => {
      const now = await knock(visit, port, { seconds, handshakeSeconds: seconds })
      const isLess = now === 'silent' || (now === 'connected' && port.answered === 'greeted')
      return isLess ? [{ ...port, now }] : []
    }),
  )
  return tried.flat()
}

function knock(
  { host, context }: Visit,
  port: ProbedPort,
  times: { readonly seconds: number; readonly handshakeSeconds: number },
): Promise<Answer> {
  return context.transport.knock(host, port, { signal: context.abandon, ...times })
}

function timeoutSeconds({ host }: Visit): number {
  const { probes } = host.settings
  return probes === false ? 0 : probes.timeoutSeconds
}

function secondsTo(time: number): number {
  return (time - performance.now()) / 1000
}
