import pLimit from 'p-limit'
import { generationName } from '../host/held.ts'
import { rollbackHost } from '../host/rollback.ts'
import type { Job } from '../host/visit.ts'
import type { HostResult } from '../model/outcome.ts'
import type { FleetOptions } from './options.ts'
import { skipped, visitSafely } from './visit-safely.ts'

interface Confirmed {
  readonly job: Job
  readonly result: HostResult
}

/**
 * Takes hosts that were given a change in this run back to the generation before it, with the safeguard of any change, and
 * holds them there, so that no scheduled run gives it to them again. After an interrupt no host is started. Each ends a
 * second time; one that could not be taken back ends `revert-failed`, for the change stands there. `why` is a clause.
 */
export function takeBack(
  confirmed: readonly Confirmed[],
  options: FleetOptions,
  why: string,
): Promise<HostResult[]> {
  if (confirmed.length > 0 && !options.stop.aborted) {
    const hosts =
      confirmed.length === 1 ? 'the host that has it' : `the ${confirmed.length} hosts that have it`
    options.emit({ event: 'notice', message: `${why}: taking ${hosts} back to the generation before.` })
  }
  const limit = pLimit(options.forks)
  return limit.map(confirmed, async (each) => {
    const result = await takeBackOne(each, options, why)
    options.emit({ event: 'host', ...result })
    return result
  })
}

async function takeBackOne(
  { job, result }: Confirmed,
  options: FleetOptions,
  why: string,
): Promise<HostResult> {
  const before = Number(result.generation) - 1
  const how = { to: before, reason: `taken back by the rollout that brought it: ${why}` }
  const back = options.stop.aborted
    ? skipped(job, 'stopped', 'the run was interrupted before that')
    : await visitSafely(job, (each, context) => rollbackHost(each, context, how), options)
  const both = {
    connections: result.connections + back.connections,
    seconds: result.seconds + back.seconds,
  }
  const deployed = `deployed as ${generationName(before + 1)}`
  if (back.outcome === 'confirmed' || back.outcome === 'unchanged') {
    const message = `${deployed} and then taken back to ${generationName(before)}, for ${why}; held until a deploy with --release`
    return { ...back, ...both, outcome: 'held', code: 'rolled-back', message }
  }
  const outcome = back.outcome === 'unknown' ? 'unknown' : 'revert-failed'
  const message = `${deployed}, which was to be taken back, for ${why}, and was not: ${back.message}`
  return { ...result, ...back, ...both, outcome, message }
}
