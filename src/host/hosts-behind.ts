import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Behind, Connection } from '../model/transport.ts'
import { ConnectError } from '../model/transport.ts'
import type { Finding } from '../model/outcome.ts'
import { someOf } from './some-of.ts'
import type { Visit } from './visit.ts'

const FIND_SECONDS = 20
const REACH_SECONDS = 3
/** How long a host behind may take to answer again. */
const AGAIN_MS = 10_000
/** And one that may be closed by its own change, which is found and undone by then. */
const UNDONE_MS = 25_000
const PAUSE_MS = 1_000
/** They stand for all that are reached through a host. */
const MOST = 3

/** Some of the hosts that are reached through a host that is to be changed, and answer now. */
export async function watchBehind(visit: Visit, connection: Connection): Promise<readonly Behind[]> {
  const { transport, inventory = [], changing, abandon } = visit.context
  const where = { address: connection.address, signal: abandon, seconds: FIND_SECONDS }
  const { found: behind, untold } = await transport
    .behind(visit.host, inventory, where)
    .catch(allUntoldUnlessStopped)
  if (untold === 'all' || untold.length > 0) visit.keep(unwatched(untold))
  if (behind.length === 0) return []
  changing?.leadsTo(visit.host.name, behind)
  return reached(visit, connection, behind.slice(0, MOST))
}

/** Which of them answer no more. One that this run changes at the same time may be closed by that: it is waited for. */
export async function lostBehind(
  visit: Visit,
  connection: Connection,
  behind: readonly Behind[],
  latest: number,
): Promise<readonly Behind[]> {
  const { changing } = visit.context
  const began = performance.now()
  let lost = behind
  for (;;) {
    const answering = await reached(visit, connection, lost)
    lost = lost.filter((host) => !answering.includes(host))
    const isChanging = lost.some(({ name }) => changing?.has(name) === true)
    const until = Math.min(began + (isChanging ? UNDONE_MS : AGAIN_MS), latest)
    if (lost.length === 0 || performance.now() + PAUSE_MS >= until) return lost
    await sleep(PAUSE_MS)
  }
}

async function reached(
  { context }: Visit,
  connection: Connection,
  behind: readonly Behind[],
): Promise<readonly Behind[]> {
  const options = { signal: context.abandon, seconds: REACH_SECONDS }
  const answers = await Promise.all(
    behind.map((host) => connection.reaches(host.address, host.port, options)),
  )
  return behind.filter((_host, index) => answers[index])
}

/** A host whose way cannot be told is not watched. */
function allUntoldUnlessStopped(error: unknown): {
  readonly found: readonly Behind[]
  readonly untold: 'all'
} {
  if (error instanceof ConnectError && error.code !== 'stopped') return { found: [], untold: 'all' }
  throw error
}

function unwatched(untold: readonly string[] | 'all'): Finding {
  const names = untold === 'all' ? 'the other hosts' : someOf(untold)
  return {
    code: 'hosts-behind-unknown',
    severity: 'warning',
    message: `ssh did not tell how ${names} can be reached: if that is through this host, it was not checked whether the change cuts them off`,
  }
}
