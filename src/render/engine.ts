import Handlebars from 'handlebars'
import { EACH, PRINT, READ } from './guard-template.ts'
import { BLOCKS, HELPERS } from './helpers.ts'
import type { Place } from './problem-at.ts'
import { faultAt } from './problem-at.ts'
import { printed } from './printed.ts'
import { described, isMap, isOpaque } from './values.ts'

export type Engine = typeof Handlebars

/** A Handlebars of our own: the blocks and helpers that the README lists, the guards, and nothing else. */
export function createEngine(): Engine {
  const engine = Handlebars.create()
  for (const name of Object.keys(engine.helpers)) {
    if (!Object.hasOwn(BLOCKS, name)) engine.unregisterHelper(name)
  }
  for (const [name, helper] of Object.entries(HELPERS)) {
    register(engine, name, (values, place) => helper.run(values, place))
  }
  register(engine, PRINT, ([value, name], place) => printed(value, String(name), place))
  register(engine, READ, ([base, name, ...parts], place) =>
    read(base, String(name), parts.map(String), place),
  )
  register(engine, EACH, ([value, name], place) => repeatable(value, String(name), place))
  return engine
}

/** The options for every template: no helper but those that are registered is ever looked for. */
export const COMPILE: CompileOptions = {
  knownHelpers: Object.fromEntries(
    [...Object.keys(BLOCKS), ...Object.keys(HELPERS), PRINT, READ, EACH].map((name) => [name, true]),
  ),
  knownHelpersOnly: true,
  preventIndent: true,
}

/** Handlebars calls a helper with the values, then with its options, which hold the place of the call. */
function register(engine: Engine, name: string, run: (values: unknown[], place: Place) => unknown): void {
  engine.registerHelper(name, (...given: unknown[]) => {
    const options = given.pop() as { readonly loc: Place }
    return run(given, options.loc)
  })
}

/** Follows a path into the user's own data: own names only, each of which must exist. */
function read(base: unknown, name: string, parts: readonly string[], place: Place): unknown {
  let value = base
  for (const part of parts) {
    const names = isMap(value) || Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {}
    if (!Object.hasOwn(names, part))
      throw faultAt(place, name, `expected a name that exists, found no "${part}"`)
    value = names[part]
  }
  if (isOpaque(value)) throw faultAt(place, name, `expected a value, found ${described(value)}`)
  return value
}

/** `#each` of Handlebars passes over a text or a number in silence. */
function repeatable(value: unknown, name: string, place: Place): unknown {
  if (value === null || Array.isArray(value) || isMap(value)) return value
  throw faultAt(place, name, `expected a list, found ${described(value)}`)
}
