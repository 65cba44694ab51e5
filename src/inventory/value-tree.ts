import { opaqueText } from './opaque.ts'

const MOST_VALUES = 1_000_000
const DEEPEST = 200

export type YamlMap = Readonly<Record<string, unknown>>

/** A tree that is larger than any inventory, or that we would lose a part of; `path` leads to that part. */
export class TreeFault extends Error {
  readonly path: readonly string[]

  constructor(message: string, path: readonly string[]) {
    super(message)
    this.name = 'TreeFault'
    this.path = path
  }
}

/** A YAML map, and no list, scalar or `Opaque`. */
export function isMap(value: unknown): value is YamlMap {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

/**
 * Makes a freshly parsed tree safe to walk: text with templates, or encrypted, becomes `Opaque`, in place; a tree that
 * its aliases make huge, deep or circular, or with a key that would be lost, throws TreeFault. Shared parts are counted
 * each time they appear, but visited once.
 */
export function settleTree(root: unknown): unknown {
  const settled = typeof root === 'string' ? opaqueText(root) : root
  new Settling().settle(settled)
  return settled
}

class Settling {
  readonly #sizes = new Map<object, number>()
  readonly #path: string[] = []

  /** How many values the tree has. */
  settle(value: unknown): number {
    if (!isMap(value) && !Array.isArray(value)) return 1
    const known = this.#sizes.get(value)
    if (known !== undefined) return known
    if (this.#path.length > DEEPEST)
      throw this.#fault(
        `expected values that nest at most ${DEEPEST} levels deep, got more, or a value that contains itself`,
      )
    const size = this.#settleItems(value)
    this.#sizes.set(value, size)
    return size
  }

  #settleItems(container: object): number {
    const items = container as Record<string, unknown>
    let size = 1
    for (const key of Object.keys(items)) {
      this.#path.push(key)
      // Copies of an object would take it for their prototype, or leave it out without a word.
      if (key === '__proto__')
        throw this.#fault('expected another name for this key, got "__proto__", which mailfw cannot hold')
      const item = items[key]
      if (typeof item === 'string') items[key] = opaqueText(item)
      size += this.settle(item)
      if (size > MOST_VALUES)
        throw this.#fault(`expected at most ${MOST_VALUES} values, got more, counting what aliases repeat`)
      this.#path.pop()
    }
    return size
  }

  #fault(message: string): TreeFault {
    return new TreeFault(message, [...this.#path])
  }
}
