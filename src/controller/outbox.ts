import { setTimeout } from 'node:timers/promises'

/** What waits for a file system that does not keep up, before it is given up. */
const MOST_WAITING_BYTES = 16 * 1024 * 1024
/** Between two batches: all that comes meanwhile is one write. */
const PAUSE_MILLISECONDS = 50

/** Text on its way to a place that may be slow: to add to it takes no time, whatever that place does. */
export class Outbox {
  readonly #ended = new AbortController()
  #waiting: Buffer[] = []
  #bytes = 0
  #isOverfull = false
  #wake: () => void = () => undefined

  /** Once it has ended, nothing is added any more. */
  add(text: string): void {
    if (this.#ended.signal.aborted) return
    const bytes = Buffer.from(text)
    this.#bytes += bytes.length
    this.#isOverfull = this.#bytes > MOST_WAITING_BYTES
    if (this.#isOverfull) {
      this.end()
      return
    }
    this.#waiting.push(bytes)
    this.#wake()
  }

  end(): void {
    this.#ended.abort()
    this.#wake()
  }

  /** All that is added until the end, in few pieces: the first at once. Rejects at the end where too much waited to be taken. */
  async *batches(): AsyncGenerator<Buffer, void> {
    const { signal } = this.#ended
    for (;;) {
      if (this.#waiting.length > 0) {
        yield this.#take()
        await setTimeout(PAUSE_MILLISECONDS, undefined, { signal }).catch(() => undefined)
      } else if (!signal.aborted) await this.#something()
      else if (!this.#isOverfull) return
      else throw new Error('the file system does not keep up')
    }
  }

  #take(): Buffer {
    const batch = Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#bytes = 0
    return batch
  }

  #something(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}
