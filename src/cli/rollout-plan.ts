import { defaultShares } from '../fleet/batches.ts'
import type { EndedBatch } from '../fleet/batch-gate.ts'
import type { RolloutPlan } from '../fleet/rollout.ts'
import { hostShare, hostShares } from '../inventory/host-share.ts'
import { summarise } from '../model/outcome.ts'
import type { Reporter } from '../report/reporter.ts'
import type { FleetFlags } from './flags.ts'
import { canAsk, confirm } from './prompt.ts'
import type { Run } from './run.ts'
import { UsageError } from './usage-error.ts'
import type { World } from './world.ts'

/** How the change of a run goes through its hosts: as the flags say, then the inventory. */
export function rolloutPlan({ flags, rollout, jobs, world }: Run, reporter: Reporter): RolloutPlan {
  const { batch, 'max-failures': failures, 'when-exceeded': whenExceeded } = flags
  const total = jobs.length
  return {
    shares: (batch === undefined ? rollout.batch : hostShares(batch)) ?? defaultShares(total),
    apart: rollout.apart ?? [],
    total,
    maxFailures: (failures === undefined ? rollout.maxFailures : hostShare(failures, 0)) ?? NONE,
    whenExceeded: whenExceeded ?? rollout.whenExceeded ?? 'stop',
    ...(flags['ask-between'] === true && {
      goOn: (ended) => reporter.aside(() => confirm(goOnQuestion(ended), world)),
    }),
  }
}

const NONE = { kind: 'hosts', count: 0 } as const

/** Throws UsageError where nobody could answer between two batches; nothing was contacted then. */
export function refuseUnanswerable(flags: FleetFlags, world: World): void {
  if (flags['ask-between'] !== true) return
  const found = (flags.output ?? 'text') === 'text' ? 'none' : `--output ${String(flags.output)}`
  if (found !== 'none' || !canAsk(world))
    throw new UsageError(
      `--ask-between: expected a terminal to ask on, and text for a person to read, got ${found}. Nothing was contacted.`,
    )
}

/** `Batch 1 of 3 has ended: 1 confirmed. Go on with the next 5 hosts?` */
function goOnQuestion({ batch, of, results, next }: EndedBatch): string {
  const counts = Object.entries(summarise(results)).map(([outcome, count]) => `${count} ${outcome}`)
  const hosts = next === 1 ? 'host' : `${next} hosts`
  return `Batch ${batch} of ${of} has ended: ${counts.join(', ')}. Go on with the next ${hosts}?`
}
