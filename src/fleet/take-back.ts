import pLimit from 'p-limit'
import { causeOf } from '../host/endings.ts'
import { generationName } from '../host/held.ts'
import { undoHost } from '../host/undo.ts'
import type { Job } from '../host/visit.ts'
import type { HostResult } from '../model/outcome.ts'
import type { FleetOptions } from './options.ts'
import { skipped, visitSafely } from './visit-safely.ts'

/** A host that has the change of this run. */
export interface Changed {
  readonly job: Job
  readonly result: HostResult
  /** The generation that the change made there. */
  readonly generation: number
}

/** The host of a job, where it has the change. */
export function changedBy(job: Job, result: HostResult | undefined): Changed | undefined {
  const { generation } = result ?? {}
  return result?.outcome === 'confirmed' && typeof generation === 'number'
    ? { job, result, generation }
    : undefined
}

/**
 * Takes hosts that were given a change in this run back to the generation before it, with the safeguard of any change, and
 * holds them there, so that no scheduled run gives it to them again. After an interrupt no host is started. Each ends a
 * second time: `held`; `confirmed` still, where the change has only put the rules back that the host had before; or
 * `revert-failed` or `unknown`, where the change stands or may. `why` is a clause.
 */
export function takeBack(
  changed: readonly Changed[],
  options: FleetOptions,
  why: string,
): Promise<HostResult[]> {
  return pLimit(options.forks).map(changed, async (each) => {
    const result = await takeBackOne(each, options, why)
    options.emit({ event: 'host', ...result })
    return result
  })
}

async function takeBackOne(changed: Changed, options: FleetOptions, why: string): Promise<HostResult> {
  const { job, generation } = changed
  const reason = `taken back by the rollout that brought it: ${why}`
  const back = options.stop.aborted
    ? skipped(job, 'stopped', 'the run was interrupted before that')
    : await visitSafely(job, (each, context) => undoHost(each, context, { generation, reason }), options)
  return {
    ...endOf(changed, back, why),
    connections: changed.result.connections + back.connections,
    seconds: changed.result.seconds + back.seconds,
  }
}

function endOf({ result, generation }: Changed, back: HostResult, why: string): HostResult {
  const brought = `brought to ${generationName(generation)}`
  switch (back.outcome) {
    case 'confirmed': {
      const before = generationName(back.hold?.again ?? 0)
      const message = `${brought} and then taken back to ${before}, for ${why}; held until a deploy with --release`
      return { ...back, outcome: 'held', code: 'rolled-back', message }
    }
    case 'unchanged':
      return {
        ...result,
        message: `${result.message}; nothing was taken back, for it had these rules before`,
      }
    case 'unknown':
    case 'revert-failed':
      return { generation, ...back, message: `${brought}, and to be taken back, for ${why}: ${back.message}` }
    case 'failed':
    case 'held':
    case 'reverted':
    case 'skipped':
    case 'unreachable':
    case 'would-change':
      return { ...result, ...notTakenBack(back, `${brought}, and to be taken back, for ${why}`) }
  }
}

/** The host has what it had, which is the change, or what another run has made of it. */
function notTakenBack(
  back: HostResult,
  story: string,
): Pick<HostResult, 'outcome' | 'code' | 'message' | 'fix'> {
  const isOthers = back.code === 'other-rules'
  const state = isOthers ? 'that was left as it is' : 'the change stands'
  return {
    outcome: 'revert-failed',
    code: isOthers ? 'other-rules' : 'not-taken-back',
    message: `${story}, but ${causeOf(back)}; ${state}`,
    ...(back.fix !== undefined && { fix: back.fix }),
  }
}
