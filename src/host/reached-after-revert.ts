import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HostResult } from '../model/outcome.ts'
import { causeOf } from './endings.ts'
import { rungsPhrase } from './rungs.ts'
import type { Visit } from './visit.ts'

const TRY_SECONDS = 20
const PROBE_SECONDS = 3
const PAUSE_MS = 1_000

/**
 * Of a host that says that its old rules are back: whether it can be reached at `address` since, by a TCP handshake. A
 * connection that is older than the revert proves nothing of them.
 */
export async function reachedAfterRevert(
  visit: Visit,
  address: string,
  result: HostResult,
): Promise<HostResult> {
  const { transport, abandon } = visit.context
  if (!isUndone(result) || visit.host.login.local === true) return result
  const until = performance.now() + TRY_SECONDS * 1000
  for (;;) {
    if (abandon.aborted) return result
    const found = await transport
      .probe(visit.host, address, { signal: abandon, seconds: PROBE_SECONDS })
      .catch(unlessStopped(abandon))
    if (found.kind !== 'failed') return result
    if (performance.now() + PAUSE_MS >= until) return notReached(visit, result, found.message)
    await sleep(PAUSE_MS)
  }
}

/** Also of a change that the host refused when half of it was made. */
function isUndone({ outcome, rungs }: HostResult): boolean {
  return outcome === 'reverted' || (outcome === 'failed' && rungs !== undefined)
}

function unlessStopped(abandon: AbortSignal): (error: unknown) => { kind: 'failed'; message: string } {
  return (error) => {
    if (abandon.aborted) return { kind: 'failed', message: 'interrupted' }
    throw error
  }
}

function notReached(visit: Visit, result: HostResult, why: string): HostResult {
  const said = `the host said "reverted"${rungsPhrase({ rungs: result.rungs ?? {} })}`
  return visit.result(
    'unknown',
    'reverted-not-reachable',
    `${causeOf(result)}; ${said}, but it could not be reached for ${TRY_SECONDS} s since (${why}): look from another machine, or at its console`,
    result.rungs ? { rungs: result.rungs } : {},
  )
}
