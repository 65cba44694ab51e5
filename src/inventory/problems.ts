import type { Problem } from '../lib/input-error.ts'
import { formatProblem, InputError } from '../lib/input-error.ts'
import type { YamlDocument } from './yaml-document.ts'
import { positionOf } from './yaml-positions.ts'

/** Collects what is wrong, each thing once, so that all of it is reported together. */
export class Problems {
  readonly #found = new Map<string, Problem>()

  add(problem: Problem): void {
    const key = formatProblem(problem)
    if (!this.#found.has(key)) this.#found.set(key, problem)
  }

  /** Something wrong at a path of a document. */
  at(document: YamlDocument, path: readonly string[], message: string): void {
    const position = positionOf(document, path)
    this.add({
      file: document.file,
      ...position,
      ...(path.length === 0 ? {} : { path: path.join('.') }),
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
      return undefined
    }
  }

  get any(): boolean {
    return this.#found.size > 0
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
