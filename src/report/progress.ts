import type { RunEvent, Step } from '../model/events.ts'
import { STEPS } from '../model/events.ts'
import type { Outcome, Summary } from '../model/outcome.ts'

/** A step and the hosts that are at it, in the order that they came there. */
export interface AtStep {
  readonly step: Step
  readonly hosts: ReadonlySet<string>
}

/** Where a run stands, from its events. What an event or a look costs does not depend on the number of hosts. */
export class Progress {
  readonly #hosts = new Map<Step, Set<string>>()
  readonly #steps = new Map<string, Step>()
  readonly #outcomes = new Map<string, Outcome>()
  readonly #counts = new Map<Outcome, number>()
  readonly #announced: number
  readonly started: number
  #batch: { readonly batch: number; readonly of: number } | undefined

  /** `hosts`: how many are to come, as far as that is known. */
  constructor(hosts: number, started: number) {
    this.#announced = hosts
    this.started = started
  }

  take(event: RunEvent): void {
    switch (event.event) {
      case 'batch':
        this.#batch = event
        return
      case 'step':
        this.#forgetOutcome(event.host)
        this.#leaveStep(event.host)
        this.#enterStep(event.host, event.step)
        return
      case 'host':
        this.#forgetOutcome(event.host)
        this.#leaveStep(event.host)
        this.#outcomes.set(event.host, event.outcome)
        this.#count(event.outcome, 1)
        return
      case 'run':
      case 'call':
      case 'notice':
      case 'end':
    }
  }

  get done(): number {
    return this.#outcomes.size
  }

  get total(): number {
    return Math.max(this.#announced, this.done + this.#steps.size)
  }

  get counts(): Summary {
    return Object.fromEntries([...this.#counts].filter(([, count]) => count > 0))
  }

  /** The batch that began last. */
  get batch(): { readonly batch: number; readonly of: number } | undefined {
    return this.#batch
  }

  /** The steps that some host has come to, in their order, also where none is at one any more. */
  get steps(): readonly AtStep[] {
    return STEPS.flatMap((step) => {
      const hosts = this.#hosts.get(step)
      return hosts === undefined ? [] : [{ step, hosts }]
    })
  }

  #enterStep(host: string, step: Step): void {
    const hosts = this.#hosts.get(step) ?? new Set()
    this.#hosts.set(step, hosts.add(host))
    this.#steps.set(host, step)
  }

  /** A host that is taken back has ended before. */
  #forgetOutcome(host: string): void {
    const outcome = this.#outcomes.get(host)
    if (outcome === undefined) return
    this.#outcomes.delete(host)
    this.#count(outcome, -1)
  }

  #count(outcome: Outcome, by: number): void {
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + by)
  }

  #leaveStep(host: string): void {
    const step = this.#steps.get(host)
    if (step === undefined) return
    this.#hosts.get(step)?.delete(host)
    this.#steps.delete(host)
  }
}
