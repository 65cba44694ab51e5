import pLimit from 'p-limit'
import type { Job } from '../host/visit.ts'
import type { HostResult } from '../model/outcome.ts'
import type { Apart, HostShare, WhenExceeded } from '../model/rollout.ts'
import type { Shares } from './batches.ts'
import { makeBatches } from './batches.ts'
import { Budget } from './budget.ts'
import type { FleetOptions } from './options.ts'
import { mayPass, retry } from './retries.ts'
import { changedBy, takeBack } from './take-back.ts'
import type { VisitHost } from './visit-safely.ts'
import { skipped, visitSafely } from './visit-safely.ts'

/** How a change goes through a fleet. */
export interface RolloutPlan {
  readonly shares: Shares
  /** No batch holds all hosts of one of these groups. */
  readonly apart: readonly Apart[]
  /** What percentages are of: the hosts that were selected. */
  readonly total: number
  /** How many hosts may end `reverted`, `revert-failed` or `unknown` before no new host is started. */
  readonly maxFailures: HostShare
  readonly whenExceeded: WhenExceeded
  /** Whether to go on with the next batch; absent: yes. */
  readonly goOn?: (ended: EndedBatch) => Promise<boolean>
}

export interface EndedBatch {
  /** Counted from 1. */
  readonly batch: number
  readonly of: number
  readonly results: readonly HostResult[]
  /** How many hosts the next one has. */
  readonly next: number
}

interface Change {
  readonly visitHost: VisitHost
  /** Hosts that cannot be reached are tried again for so long, once all batches are done: nobody waits for them. */
  readonly retrySeconds: number
}

/**
 * Visits all hosts, batch by batch, until too many of them show that the change is bad; then, where the plan says so, takes
 * those back that kept it. Results in the order of the jobs, exactly one for each.
 */
export async function rollOut(
  jobs: readonly Job[],
  change: Change,
  options: FleetOptions,
  plan: RolloutPlan,
): Promise<HostResult[]> {
  const rollout = new Rollout(change, options, plan)
  await rollout.run(jobs)
  return jobs.flatMap(({ host }) => rollout.results.get(host.name) ?? [])
}

class Rollout {
  readonly results = new Map<string, HostResult>()
  readonly #change: Change
  readonly #options: FleetOptions
  readonly #plan: RolloutPlan
  readonly #budget: Budget
  readonly #limit
  #isDeclined = false
  readonly #late: { readonly job: Job; readonly result: HostResult }[] = []

  constructor(change: Change, options: FleetOptions, plan: RolloutPlan) {
    this.#change = change
    this.#options = options
    this.#plan = plan
    this.#budget = new Budget(plan.maxFailures, plan.total)
    this.#limit = pLimit(options.forks)
  }

  async run(jobs: readonly Job[]): Promise<void> {
    const batches = this.#batchesOf(jobs, this.#plan.shares)
    for (const [index, batch] of batches.entries()) {
      if (index > 0) await this.#askBefore(batches, index)
      if (batches.length > 1 && !this.#isOver) this.#announce(batch, index + 1, batches.length)
      await Promise.all(batch.map((job) => this.#visit(job)))
    }
    await this.#visitLate()
    for (const result of this.#options.machines.reconsider([...this.results.values()])) this.#end(result)
    if (this.#budget.isExceeded && this.#plan.whenExceeded === 'rollback') await this.#takeBack(jobs)
  }

  #batchesOf(jobs: readonly Job[], shares: Shares): readonly (readonly Job[])[] {
    const byName = new Map(jobs.map((job) => [job.host.name, job]))
    const batches = makeBatches([...byName.keys()], { ...this.#plan, shares })
    return batches.map((names) => names.flatMap((name) => byName.get(name) ?? []))
  }

  /** No host is started any more. */
  get #isOver(): boolean {
    return this.#options.stop.aborted || this.#isDeclined || this.#budget.isExceeded
  }

  async #askBefore(batches: readonly (readonly Job[])[], index: number): Promise<void> {
    const { goOn } = this.#plan
    if (goOn === undefined || this.#isOver) return
    const done = batches[index - 1] ?? []
    const isWanted = await goOn({
      batch: index,
      of: batches.length,
      results: done.flatMap(({ host }) => this.#resultSoFar(host.name) ?? []),
      next: batches[index]?.length ?? 0,
    })
    this.#isDeclined = !isWanted
  }

  #resultSoFar(name: string): HostResult | undefined {
    return this.results.get(name) ?? this.#late.find(({ job }) => job.host.name === name)?.result
  }

  #announce(batch: readonly Job[], number: number, of: number): void {
    this.#options.emit({ event: 'batch', batch: number, of, hosts: batch.map(({ host }) => host.name) })
  }

  async #visit(job: Job): Promise<void> {
    const result = await this.#limit(() => this.#visitOnce(job))
    if (this.#change.retrySeconds > 0 && mayPass(result)) this.#late.push({ job, result })
    else this.#end(result)
  }

  async #visitOnce(job: Job): Promise<HostResult> {
    const result = this.#skippedNow(job) ?? (await visitSafely(job, this.#change.visitHost, this.#options))
    this.#budget.take(result)
    return result
  }

  #skippedNow(job: Job): HostResult | undefined {
    if (this.#options.stop.aborted) return skipped(job, 'stopped', 'interrupted before its turn')
    if (this.#isDeclined) return skipped(job, 'declined', 'the answer was no before its batch')
    return this.#budget.isExceeded
      ? skipped(job, 'budget', `not started, for ${this.#budget.words}`)
      : undefined
  }

  /** Hosts that are to be apart come one after the other. */
  async #visitLate(): Promise<void> {
    const deadline = performance.now() + this.#change.retrySeconds * 1_000
    const turn = this.#plan.apart.length > 0 ? pLimit(1) : this.#limit
    await Promise.all(
      this.#late.map(async ({ job, result }) => {
        const attempt = (): Promise<HostResult> => turn(() => this.#visitOnce(job))
        const last = this.#isOver ? result : await retry(result, attempt, { ...this.#options, deadline })
        // It was started, if in vain
        this.#end(last.outcome === 'skipped' ? result : last)
      }),
    )
  }

  /** In parallel, save that hosts which are to be apart still are. */
  async #takeBack(jobs: readonly Job[]): Promise<void> {
    const changed = jobs.flatMap((job) => changedBy(job, this.results.get(job.host.name)) ?? [])
    const { stop, emit } = this.#options
    const hosts = changed.length === 1 ? 'the host that has it' : `the ${changed.length} hosts that have it`
    if (changed.length > 0 && !stop.aborted)
      emit({
        event: 'notice',
        message: `${this.#budget.words}: taking ${hosts} back to the generation before.`,
      })
    for (const batch of this.#batchesOf(
      changed.map(({ job }) => job),
      ALL_AT_ONCE,
    )) {
      const inBatch = new Set(batch)
      const those = changed.filter(({ job }) => inBatch.has(job))
      for (const result of await takeBack(those, this.#options, this.#budget.words))
        this.results.set(result.host, result)
    }
  }

  #end(result: HostResult): void {
    this.results.set(result.host, result)
    this.#options.emit({ event: 'host', ...result })
  }
}

const ALL_AT_ONCE: Shares = [{ kind: 'percent', percent: 100 }]
