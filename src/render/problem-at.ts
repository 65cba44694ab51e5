import type { Problem } from '../lib/input-error.ts'
import { InputError } from '../lib/input-error.ts'

/** A part of a template as Handlebars' parser places it: 1-based lines, 0-based columns. */
export interface Place {
  readonly source: string
  readonly start: { readonly line: number; readonly column: number }
}

/** One thing that is wrong at a place in a template; `name` is what stands there, such as `vars.relay`. */
export function problemAt(place: Place, name: string, message: string): Problem {
  return { file: place.source, line: place.start.line, column: place.start.column + 1, path: name, message }
}

export function faultAt(place: Place, name: string, message: string): InputError {
  return new InputError([problemAt(place, name, message)])
}

/** `a, b, c` in the order given, or a word that says there is none. */
export function listed(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.join(', ')
}
