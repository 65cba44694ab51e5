import type { RunEvent, Step } from '../model/events.ts'
import { STEPS } from '../model/events.ts'
import type { Outcome, Summary } from '../model/outcome.ts'

/** Where a run stands, from its events. */
export class Progress {
  readonly #steps = new Map<string, Step>()
  readonly #counts = new Map<Outcome, number>()
  readonly total: number
  readonly started: number

  constructor(total: number, started: number) {
    this.total = total
    this.started = started
  }

  take(event: RunEvent): void {
    if (event.event === 'step') this.#steps.set(event.host, event.step)
    if (event.event !== 'host') return
    this.#steps.delete(event.host)
    this.#counts.set(event.outcome, (this.#counts.get(event.outcome) ?? 0) + 1)
  }

  get done(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0)
  }

  get counts(): Summary {
    return Object.fromEntries(this.#counts)
  }

  /** Hosts in flight, by the step that they are at; only steps that some host is at. */
  get inFlight(): readonly { readonly step: Step; readonly hosts: readonly string[] }[] {
    return STEPS.map((step) => ({
      step,
      hosts: [...this.#steps].filter(([, at]) => at === step).map(([host]) => host),
    })).filter(({ hosts }) => hosts.length > 0)
  }
}
