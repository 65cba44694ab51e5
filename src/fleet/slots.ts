/** So many at once. Who waits comes in its order, but for those who come first. */
export class Slots {
  #free: number
  readonly #first: (() => void)[] = []
  readonly #others: (() => void)[] = []

  constructor(count: number) {
    this.#free = count
  }

  /** `isFirst`: before all who wait, but those who said so earlier. */
  async take({ isFirst = false } = {}): Promise<void> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => (isFirst ? this.#first : this.#others).push(resolve))
  }

  release(): void {
    const next = this.#first.shift() ?? this.#others.shift()
    if (next === undefined) this.#free += 1
    else next()
  }
}
