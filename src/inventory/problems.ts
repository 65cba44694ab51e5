import type { Problem } from '../lib/input-error.ts'
import { formatProblem, InputError } from '../lib/input-error.ts'
import type { YamlDocument } from './yaml-document.ts'
import { shortPath } from './shown.ts'
import { positionOf } from './yaml-positions.ts'

/** Nobody reads more, and a file of a million wrong values is none of ours. */
const MOST_PROBLEMS = 1_000

/** Collects what is wrong, each thing once, so that all of it is reported together. */
export class Problems {
  readonly #found = new Map<string, Problem>()

  /** Throws InputError when there are so many that no more are looked for. */
  add(problem: Problem): void {
    const key = formatProblem(problem)
    if (this.#found.has(key)) return
    this.#found.set(key, problem)
    if (this.#isFull) this.#giveUp(problem.file)
  }

  /** Something wrong at a path of a document. */
  at(document: YamlDocument, path: readonly string[], message: string): void {
    const position = positionOf(document, path)
    this.add({
      file: document.file,
      ...position,
      ...(path.length === 0 ? {} : { path: shortPath(path) }),
      message,
    })
  }

  /** Runs a step that may throw InputError; its problems are kept and the step has no result. */
  attempt<T>(step: () => T): T | undefined {
    try {
      return step()
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      for (const problem of error.problems) this.add(problem)
      if (this.#isFull) this.throwIfAny()
      return undefined
    }
  }

  get any(): boolean {
    return this.#found.size > 0
  }

  get #isFull(): boolean {
    return this.#found.size >= MOST_PROBLEMS
  }

  #giveUp(file: string): void {
    const message = `expected less than ${MOST_PROBLEMS} problems, got more, and looked no further`
    this.#found.set('', { file, message })
    this.throwIfAny()
  }

  /** Throws InputError where there are any: file by file as they were met, by line within a file. */
  throwIfAny(): void {
    if (!this.any) return
    const found = [...this.#found.values()]
    const order = new Map([...new Set(found.map(({ file }) => file))].map((file, index) => [file, index]))
    throw new InputError(found.toSorted((a, b) => compare(order, a, b)))
  }
}

function compare(order: ReadonlyMap<string, number>, a: Problem, b: Problem): number {
  return (
    (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) ||
    (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0)
  )
}
