import type { Barred, Turn } from '../host/gate.ts'
import type { Job } from '../host/visit.ts'
import type { HostResult } from '../model/outcome.ts'
import type { HostShare, WhenExceeded } from '../model/rollout.ts'
import type { EndedBatch } from './batch-gate.ts'
import { BatchGate } from './batch-gate.ts'
import type { BatchRules, Shares } from './batches.ts'
import { makeBatches } from './batches.ts'
import { Budget } from './budget.ts'
import type { FleetOptions } from './options.ts'
import { mayPass, retry } from './retries.ts'
import { Slots } from './slots.ts'
import { changedBy, takeBack } from './take-back.ts'
import type { VisitHost } from './visit-safely.ts'
import { skipped, visitSafely } from './visit-safely.ts'

/** How a change goes through a fleet. */
export interface RolloutPlan extends BatchRules {
  /** How many hosts may end `reverted`, `revert-failed` or `unknown` before no new host is started. */
  readonly maxFailures: HostShare
  readonly whenExceeded: WhenExceeded
  /** Whether to go on with the next batch; absent: yes. */
  readonly goOn?: (ended: EndedBatch) => Promise<boolean>
}

interface Change {
  readonly visitHost: VisitHost
  /** Hosts that cannot be reached are tried again for so long, once all batches are done: nobody waits for them. */
  readonly retrySeconds: number
}

/**
 * Visits all hosts, and changes them batch by batch, until too many of them show that the change is bad; then, where the plan says so, takes
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
  readonly #slots: Slots
  #gate: BatchGate | undefined
  #waitingInside = 0
  #isDeclined = false
  readonly #faults: unknown[] = []
  readonly #late: { readonly job: Job; readonly result: HostResult }[] = []

  constructor(change: Change, options: FleetOptions, plan: RolloutPlan) {
    this.#change = change
    this.#options = options
    this.#plan = plan
    this.#budget = new Budget(plan.maxFailures, plan.total)
    this.#slots = new Slots(options.forks)
  }

  async run(jobs: readonly Job[]): Promise<void> {
    const names = jobs.map(({ host }) => host.name)
    if (makeBatches(names, this.#plan).length > 1) this.#gate = this.#gateFor(names)
    const advance = (): void => this.#gate?.advance()
    this.#options.stop.addEventListener('abort', advance)
    await Promise.all(jobs.map((job) => this.#visit(job)))
    await this.#visitLate()
    for (const result of this.#options.machines.reconsider([...this.results.values()])) this.#end(result)
    this.#options.stop.removeEventListener('abort', advance)
    if (this.#faults.length > 0) throw this.#faults[0]
    if (this.#budget.isExceeded && this.#plan.whenExceeded === 'rollback') await this.#takeBack(jobs)
  }

  #gateFor(names: readonly string[]): BatchGate {
    const { goOn } = this.#plan
    return new BatchGate(names, {
      ...this.#plan,
      enough: this.#options.forks,
      barred: () => this.#barred(),
      begins: ({ batch, of, hosts, more }) => {
        if (of > 1) this.#options.emit({ event: 'batch', batch, of, hosts, ...(more > 0 && { more }) })
      },
      ...(goOn && { goOn: (ended) => this.#ask(goOn(ended)) }),
    })
  }

  async #ask(answer: Promise<boolean>): Promise<boolean> {
    this.#isDeclined = !(await answer.catch((error: unknown) => {
      this.#faults.push(error)
      return false
    }))
    return !this.#isDeclined
  }

  /** Why no host is started any more, nor changed that waits. */
  #barred(): Barred | undefined {
    if (this.#options.stop.aborted) return { code: 'stopped', why: 'interrupted before its turn' }
    if (this.#isDeclined) return { code: 'declined', why: 'the answer was no before its batch' }
    return this.#budget.isExceeded
      ? { code: 'budget', why: `not started, for ${this.#budget.words}` }
      : undefined
  }

  async #visit(job: Job): Promise<void> {
    const result = await this.#visitOnce(job)
    if (this.#change.retrySeconds > 0 && mayPass(result)) this.#late.push({ job, result })
    else this.#end(result)
    this.#gate?.leave(result)
  }

  async #visitOnce(job: Job): Promise<HostResult> {
    await this.#slots.take()
    const barred = this.#barred()
    const context = { ...this.#options, gate: { enter: () => this.#enter(job.host.name) } }
    const result = barred
      ? skipped(job, barred.code, barred.why)
      : await visitSafely(job, this.#change.visitHost, context)
    this.#slots.release()
    this.#budget.take(result)
    return result
  }

  /** Who waits leaves the place to hosts that are to be examined, and has the first that is free when it may go on. */
  #enter(name: string): Turn | undefined {
    const come = this.#gate?.enter(name)
    if (come === undefined) return undefined
    const mayStay = this.#waitingInside < MOST_WAITING_INSIDE
    if (mayStay) this.#waitingInside += 1
    this.#slots.release()
    const comeIn = async (): Promise<Barred | undefined> => {
      const barred = await come
      await this.#slots.take({ isFirst: true })
      if (mayStay) this.#waitingInside -= 1
      return barred ?? this.#barred()
    }
    return { mayStay, come: comeIn() }
  }

  async #visitLate(): Promise<void> {
    const deadline = performance.now() + this.#change.retrySeconds * 1_000
    await Promise.all(
      this.#late.map(async ({ job, result }) => {
        const attempt = async (): Promise<HostResult> => {
          const again = await this.#visitOnce(job)
          this.#gate?.leave(again)
          return again
        }
        const isOver = this.#barred() !== undefined
        const last = isOver ? result : await retry(result, attempt, { ...this.#options, deadline })
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
    const names = changed.map(({ result }) => result.host)
    for (const batch of makeBatches(names, { ...this.#plan, shares: ALL_AT_ONCE })) {
      const those = changed.filter(({ result }) => batch.includes(result.host))
      for (const result of await takeBack(those, this.#options, this.#budget.words))
        this.results.set(result.host, result)
    }
  }

  #end(result: HostResult): void {
    this.results.set(result.host, result)
    this.#options.emit({ event: 'host', ...result })
  }
}

/** With a connection each; others close theirs, and are examined again when they may be changed. */
const MOST_WAITING_INSIDE = 100

const ALL_AT_ONCE: Shares = [{ kind: 'percent', percent: 100 }]
