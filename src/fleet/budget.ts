import type { HostResult, Outcome } from '../model/outcome.ts'
import type { HostShare } from '../model/rollout.ts'

/** These say that the change is bad, not that a host is down. */
const BAD: readonly Outcome[] = ['reverted', 'revert-failed', 'unknown']

/** How many hosts may show that a change is bad before no other one is given it. */
export class Budget {
  readonly #most: number
  #spent = 0

  /** A percentage is of `total` hosts. */
  constructor(most: HostShare, total: number) {
    this.#most = most.kind === 'hosts' ? most.count : (total * most.percent) / 100
  }

  take({ outcome }: HostResult): void {
    if (BAD.includes(outcome)) this.#spent += 1
  }

  get isExceeded(): boolean {
    return this.#spent > this.#most
  }

  /** `2 hosts did not keep the change`. */
  get words(): string {
    return `${this.#spent} ${this.#spent === 1 ? 'host' : 'hosts'} did not keep the change`
  }
}
