import { YAMLException } from 'js-yaml'
import { opaqueTemplate } from './opaque.ts'

const MOST_VALUES = 1_000_000
const DEEPEST = 200

export type YamlMap = Readonly<Record<string, unknown>>

/** A YAML map, and no list, scalar or `Opaque`. */
export function isMap(value: unknown): value is YamlMap {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

/**
 * Makes a freshly parsed tree safe to walk: text with templates becomes `Opaque`, in place, and a tree that its
 * aliases make huge, deep or circular throws YAMLException. Shared parts are counted each time they appear, but visited once.
 */
export function settleTree(root: unknown): unknown {
  const sizes = new Map<object, number>()
  const settled = typeof root === 'string' ? opaqueTemplate(root) : root
  settle(settled, sizes, 0)
  return settled
}

/** How many values the tree has. */
function settle(value: unknown, sizes: Map<object, number>, depth: number): number {
  if (!isMap(value) && !Array.isArray(value)) return 1
  const known = sizes.get(value)
  if (known !== undefined) return known
  if (depth > DEEPEST)
    throw new YAMLException(`values nest deeper than ${DEEPEST} levels, or contain themselves`)
  const size = Array.isArray(value) ? settleList(value, sizes, depth) : settleMap(value, sizes, depth)
  if (size > MOST_VALUES) throw new YAMLException(`aliases expand to more than ${MOST_VALUES} values`)
  sizes.set(value, size)
  return size
}

function settleList(list: unknown[], sizes: Map<object, number>, depth: number): number {
  let size = 1
  for (const [index, item] of list.entries()) {
    if (typeof item === 'string') list[index] = opaqueTemplate(item)
    size += settle(item, sizes, depth + 1)
  }
  return size
}

function settleMap(map: Record<string, unknown>, sizes: Map<object, number>, depth: number): number {
  let size = 1
  for (const key of Object.keys(map)) {
    const item = map[key]
    if (typeof item === 'string') map[key] = opaqueTemplate(item)
    size += settle(item, sizes, depth + 1)
  }
  return size
}
