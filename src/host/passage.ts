import type { HostResult } from '../model/outcome.ts'
import type { Gate, Turn } from './gate.ts'
import type { HostContext, Visit } from './visit.ts'

/** After this the host is examined again: others may have been there. */
const STALE_MS = 30_000

/** One visit's way through the gate, which it passes once. */
export class Passage {
  readonly #gate: Gate | undefined
  #hasPassed = false
  #turn: Turn | undefined

  constructor({ gate }: HostContext) {
    this.#gate = gate
  }

  /** `go`: change the host as it was seen; `look`: examine it again; `outside`: close the connection and `wait`. */
  async pass(visit: Visit): Promise<'go' | 'look' | 'outside' | HostResult> {
    if (this.#hasPassed) return 'go'
    this.#turn = this.#gate?.enter()
    if (this.#turn?.mayStay === false) return 'outside'
    const began = performance.now()
    const barred = await this.wait(visit)
    if (barred !== undefined) return barred
    return performance.now() - began < STALE_MS ? 'go' : 'look'
  }

  /** Resolves when the host may be changed, or to its end. */
  async wait(visit: Visit): Promise<HostResult | undefined> {
    if (this.#turn !== undefined) visit.step('wait')
    const barred = await this.#turn?.come
    this.#hasPassed = true
    return barred && visit.result('skipped', barred.code, `${barred.why}; nothing was changed`)
  }
}
