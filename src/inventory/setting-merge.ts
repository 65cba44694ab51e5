import { SERVICE_ALIASES } from '../model/service.ts'
import type { YamlMap } from './value-tree.ts'
import { isMap } from './value-tree.ts'
import type { Variable, VariableSet } from './variable-set.ts'

const known = new WeakMap<Variable, unknown>()

/** Where false is a value, or an error of its own. */
const KEEPS_FALSE = ['mailfw_ping', 'mailfw_comments', 'mailfw_log_dropped', 'mailfw_ssh', 'mailfw_probes']

/**
 * The value of a `mailfw_*` variable over all levels: maps merge key by key, lists and scalars replace. A key that some
 * level removed, by false or null, is there as null, so that a misspelt one is still seen.
 */
export function mergedSetting(variable: Variable): unknown {
  if (!known.has(variable)) known.set(variable, mergeLevels(variable))
  return known.get(variable)
}

/** The same without the keys that were removed. */
export function withoutRemoved(value: unknown): unknown {
  if (!isMap(value)) return value
  const kept = Object.entries(value).filter(([, item]) => item !== null)
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutRemoved(item)]))
}

/** Every level of a variable, the weakest first, and what those below it say together. */
export function levelsOf({ name, sets }: Variable): readonly { set: VariableSet; below: unknown }[] {
  let merged: unknown
  const join = joinFor(name)
  return sets.map((set) => {
    const below = merged
    merged = join(merged, canonical(name, set.values[name]))
    return { set, below }
  })
}

/** The other spellings of a key of `mailfw_services`. */
export function otherSpellings(key: string): readonly string[] {
  return Object.keys(SERVICE_ALIASES).filter((alias) => SERVICE_ALIASES[alias] === key)
}

/** The name that a service has here, whichever of its names is written. */
export function aliased(name: string): string {
  return Object.hasOwn(SERVICE_ALIASES, name) ? (SERVICE_ALIASES[name] ?? name) : name
}

function mergeLevels({ name, sets }: Variable): unknown {
  let merged: unknown
  const join = joinFor(name)
  for (const { values } of sets) merged = join(merged, canonical(name, values[name]))
  return merged === false && !KEEPS_FALSE.includes(name) ? null : merged
}

function joinFor(name: string): (lower: unknown, upper: unknown) => unknown {
  return name === 'mailfw_probes' ? withFalse : merge
}

function merge(lower: unknown, upper: unknown): unknown {
  if (!isMap(upper)) return upper
  const merged = new Map(Object.entries(isMap(lower) ? lower : {}))
  for (const [key, value] of Object.entries(upper)) {
    merged.set(key, value === false ? null : merge(merged.get(key), value))
  }
  return Object.fromEntries(merged)
}

/** Of a map whose keys have no maps, and some a value that may be false. */
function withFalse(lower: unknown, upper: unknown): unknown {
  return isMap(upper) ? { ...(isMap(lower) ? lower : {}), ...upper } : upper
}

function canonical(name: string, value: unknown): unknown {
  return name === 'mailfw_services' && isMap(value) ? canonicalServices(value) : value
}

/** Where one level writes both names they merge, in the order they stand there. */
function canonicalServices(services: YamlMap): YamlMap {
  let renamed: unknown = {}
  for (const [name, service] of Object.entries(services)) {
    renamed = merge(renamed, Object.fromEntries([[aliased(name), service]]))
  }
  return isMap(renamed) ? renamed : {}
}
