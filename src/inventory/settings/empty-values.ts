import { aliased, levelsOf } from '../setting-merge.ts'
import type { Problems } from '../problems.ts'
import { isMap } from '../value-tree.ts'
import type { Variables, Variable, VariableSet } from '../variable-set.ts'

const MAPS = ['services', 'ssh', 'networks', 'policies', 'probes', 'extra_rules', 'preserve', 'rollout']

/**
 * Finds values that were left empty although they remove nothing from any host: a person who writes `smtp:` means
 * `smtp: {}`, and would shut it.
 */
export class EmptyValues {
  readonly #seen = new WeakSet<Variable>()
  readonly #found = new Map<VariableSet, Map<string, { path: readonly string[]; removes: boolean }>>()

  /** Each variable counts once, for all hosts that share it. */
  see(variables: Variables): void {
    for (const variable of variables.values()) {
      if (!variable.name.startsWith('mailfw_') || this.#seen.has(variable)) continue
      this.#seen.add(variable)
      for (const { set, below } of levelsOf(variable))
        this.#walk(set, below, set.values[variable.name], [variable.name])
    }
  }

  report(problems: Problems): void {
    for (const [{ document, path }, places] of this.#found) {
      for (const { path: inner, removes } of places.values()) {
        if (!removes) problems.at(document, [...path, ...inner], messageFor(inner))
      }
    }
  }

  #walk(set: VariableSet, below: unknown, value: unknown, path: readonly string[]): void {
    if (value === null) this.#note(set, path, below !== undefined && below !== null)
    if (!isMap(value)) return
    const isServices = path.length === 1 && path[0] === 'mailfw_services'
    for (const [key, item] of Object.entries(value)) {
      const name = isServices ? aliased(key) : key
      this.#walk(set, isMap(below) ? below[name] : undefined, item, [...path, key])
    }
  }

  #note(set: VariableSet, path: readonly string[], removes: boolean): void {
    const places = this.#found.get(set) ?? new Map<string, { path: readonly string[]; removes: boolean }>()
    this.#found.set(set, places)
    const key = path.join('\n')
    places.set(key, { path, removes: removes || places.get(key)?.removes === true })
  }
}

function messageFor(path: readonly string[]): string {
  const [name = '', ...inner] = path
  const isService = name === 'mailfw_services' && inner.length === 1
  const isMapped = inner.length === 0 && MAPS.some((setting) => name === `mailfw_${setting}`)
  const what = isService ? '{} or a map of its settings' : isMapped ? '{} or a map' : 'a value'
  return `expected ${what}, got nothing: that removes an inherited value, and there is none`
}
