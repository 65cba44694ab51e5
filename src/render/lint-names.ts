import type { Problem } from '../lib/input-error.ts'
import { formatProblem } from '../lib/input-error.ts'
import type { Shape } from '../policy/shape.ts'
import { any, text } from '../policy/shape.ts'
import { helperNamed, HELPERS } from './helpers.ts'
import { lookUp } from './look-up.ts'
import type { Place } from './problem-at.ts'
import { listed, problemAt } from './problem-at.ts'
import type { Scope } from './scope.ts'
import type { Expression, Hash, Mustache, PathExpression, SubExpression } from './syntax.ts'
import { isCall, writtenAs } from './syntax.ts'

/** Paths into the user's own data, where only a host can tell what exists, with the number of parts that surely do. */
export type Dynamic = ReadonlyMap<PathExpression, number>

export const TEXT = text('a value')
export const ANY = any('a value')

/** Checks the names in expressions, and gathers what is wrong with them. */
export class LintNames {
  /** By their text: a partial that is included twice has its faults once. */
  readonly #problems = new Map<string, Problem>()
  readonly #dynamic = new Map<PathExpression, number>()

  get problems(): readonly Problem[] {
    return [...this.#problems.values()]
  }

  get dynamic(): Dynamic {
    return this.#dynamic
  }

  /** What is printed or decided by: a name, or a helper with arguments. */
  mustache(mustache: Mustache, scope: Scope): Shape {
    if (!mustache.escaped) {
      this.problem(
        mustache.loc,
        writtenAs(mustache.path),
        'expected {{ }}: {{{ }}} and {{& }} are not checked',
      )
    } else if (isCall(mustache) || helperNamed(mustache.path) !== undefined) {
      return this.#call(mustache, scope)
    } else if (mustache.path.type !== 'PathExpression') {
      this.problem(mustache.loc, writtenAs(mustache.path), 'expected a name, found a value')
    } else {
      return this.#path(mustache.path, scope)
    }
    return ANY
  }

  expression(expression: Expression, scope: Scope): Shape {
    switch (expression.type) {
      case 'PathExpression':
        return this.#path(expression, scope)
      case 'SubExpression':
        return this.#call(expression, scope)
      case 'StringLiteral':
      case 'NumberLiteral':
      case 'BooleanLiteral':
      case 'UndefinedLiteral':
      case 'NullLiteral':
        return TEXT
    }
  }

  /** What is given as `name=value`. */
  hash(hash: Hash | undefined, scope: Scope): Readonly<Record<string, Shape>> {
    const pairs = hash?.pairs ?? []
    return Object.fromEntries(pairs.map(({ key, value }) => [key, this.expression(value, scope)]))
  }

  problem(place: Place, name: string, message: string): void {
    const problem = problemAt(place, name, message)
    this.#problems.set(formatProblem(problem), problem)
  }

  #path(path: PathExpression, scope: Scope): Shape {
    const found = lookUp(path, scope)
    if ('problem' in found) {
      this.problem(path.loc, path.original, found.problem)
      return ANY
    }
    if (found.shape.kind === 'any') {
      this.#dynamic.set(path, Math.min(found.certain, this.#dynamic.get(path) ?? found.certain))
    }
    return found.shape
  }

  #call(call: Mustache | SubExpression, scope: Scope): Shape {
    const name = writtenAs(call.path)
    const helper = helperNamed(call.path)
    for (const argument of call.params) this.expression(argument, scope)
    if (helper === undefined) {
      this.problem(call.loc, name, `expected one of the helpers ${listed(Object.keys(HELPERS))}`)
    } else {
      const { least, most } = helper.arguments
      const fits = call.params.length >= least && call.params.length <= most && call.hash === undefined
      if (!fits) this.problem(call.loc, name, `expected ${helper.usage}`)
    }
    return name === 'lookup' ? ANY : TEXT
  }
}
