import type { Barred } from '../host/gate.ts'
import type { HostResult } from '../model/outcome.ts'
import type { BatchRules } from './batches.ts'
import { makeBatches, sizeOfBatch, takeBatch } from './batches.ts'

export interface GateOptions extends BatchRules {
  /** A batch of all that are left begins with so many hosts, although others are still examined. */
  readonly enough: number
  /** Why no host is to be changed any more, if so. */
  readonly barred: () => Barred | undefined
  readonly begins: (batch: BegunBatch) => void
  /** Whether to go on with the next batch; absent: yes. Never rejects. */
  readonly goOn?: (ended: EndedBatch) => Promise<boolean>
}

export interface BegunBatch {
  /** Counted from 1. */
  readonly batch: number
  /** How many there are if all hosts that are still examined have to be changed. */
  readonly of: number
  readonly hosts: readonly string[]
  /** How many may join them: hosts that are still examined. */
  readonly more: number
}

export interface EndedBatch {
  readonly batch: number
  readonly of: number
  readonly results: readonly HostResult[]
  /** How many hosts the next one has. */
  readonly next: number
}

interface Batch extends BegunBatch {
  readonly size: number
  readonly members: Set<string>
  readonly changing: Set<string>
  readonly results: HostResult[]
}

/**
 * Lets hosts be changed in batches, in their order. Hosts that need no change, or are down, are in none. A batch ends when as
 * many hosts as it asks for were changed and confirmed: the place of one that was not goes to the next host.
 */
export class BatchGate {
  readonly #names: readonly string[]
  readonly #options: GateOptions
  /** Hosts of which it is not known yet whether they have to be changed. */
  readonly #undecided: Set<string>
  readonly #waiting = new Map<string, (barred?: Barred) => void>()
  #batch: Batch | undefined
  #last: Batch | undefined
  #isAsking = false

  constructor(names: readonly string[], options: GateOptions) {
    this.#names = names
    this.#options = options
    this.#undecided = new Set(names)
  }

  /** A host has to be changed. Absent: it may be at once; else resolves when it may, or to why it may not. */
  enter(name: string): Promise<Barred | undefined> | undefined {
    this.#undecided.delete(name)
    const come = new Promise<Barred | undefined>((resolve) => this.#waiting.set(name, resolve))
    this.advance()
    return this.#batch?.changing.has(name) === true ? undefined : come
  }

  /** A host has ended, changed or not. */
  leave(result: HostResult): void {
    this.#undecided.delete(result.host)
    if (this.#batch?.changing.delete(result.host) === true) this.#batch.results.push(result)
    this.advance()
  }

  /** Lets in the hosts that may come in; to be called when `barred` says something else, too. */
  advance(): void {
    if (this.#isAsking) return
    const barred = this.#options.barred()
    if (barred !== undefined) {
      for (const come of this.#waiting.values()) come(barred)
      this.#waiting.clear()
      return
    }
    if (this.#batch !== undefined) this.#fill(this.#batch)
    if (this.#batch === undefined) this.#goOn()
  }

  #fill(batch: Batch): void {
    const { size, changing, members, results, more } = batch
    const confirmed = results.filter(({ outcome }) => outcome === 'confirmed').length
    const free = size - confirmed - changing.size
    const joining = [...takeBatch(this.#decided(), { size: free, apart: this.#options.apart, members })]
    if (joining.length > 0 && more === 0) this.#options.begins({ ...batch, hosts: joining })
    this.#letIn(batch, joining)
    if (changing.size > 0 || (free > 0 && this.#undecided.size > 0)) return
    this.#last = batch
    this.#batch = undefined
  }

  #goOn(): void {
    const next = this.#nextBatch()
    if (next === undefined) return
    const { goOn } = this.#options
    if (this.#last === undefined || goOn === undefined) this.#begin(next)
    else void this.#askFor(next, goOn({ ...this.#last, of: next.of, next: next.hosts.length }))
  }

  async #askFor(next: Batch, answer: Promise<boolean>): Promise<void> {
    this.#isAsking = true
    const isWanted = await answer
    this.#isAsking = false
    if (isWanted && this.#options.barred() === undefined) this.#begin(next)
    else this.advance()
  }

  /** Nothing while it is not known which hosts it has. */
  #nextBatch(): Batch | undefined {
    const { apart, enough } = this.#options
    const number = (this.#last?.batch ?? 0) + 1
    const size = sizeOfBatch(number, this.#options)
    const hosts = [...takeBatch(this.#decided(), { size, apart })]
    const isWhole = hosts.length === size || this.#undecided.size === 0
    const takesAll = size >= this.#waiting.size + this.#undecided.size
    if (hosts.length === 0 || !(isWhole || (takesAll && hosts.length >= enough))) return undefined
    const more = isWhole ? 0 : this.#undecided.size
    return {
      batch: number,
      of: this.#countFrom(number),
      hosts,
      more,
      size,
      members: new Set(),
      changing: new Set(),
      results: [],
    }
  }

  #countFrom(number: number): number {
    const left = this.#names.filter((name) => this.#waiting.has(name) || this.#undecided.has(name))
    return number - 1 + makeBatches(left, this.#options, number).length
  }

  #begin(batch: Batch): void {
    this.#batch = batch
    this.#options.begins(batch)
    this.#letIn(batch, batch.hosts)
  }

  #letIn({ members, changing }: Batch, names: readonly string[]): void {
    for (const name of names) {
      members.add(name)
      changing.add(name)
      this.#waiting.get(name)?.()
      this.#waiting.delete(name)
    }
  }

  /** Hosts that wait, up to the first one of which it is not known whether it has to be changed. */
  #decided(): readonly string[] {
    const end = this.#names.findIndex((name) => this.#undecided.has(name))
    return this.#names.slice(0, end === -1 ? undefined : end).filter((name) => this.#waiting.has(name))
  }
}
