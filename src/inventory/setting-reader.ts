import type * as z from 'zod'
import type { Problems } from './problems.ts'
import { mergedSetting } from './setting-merge.ts'
import { placeOf } from './setting-place.ts'
import type { SettingName, SettingValue } from './setting-schema.ts'
import { SETTING_SCHEMAS } from './setting-schema.ts'
import { isMeantAsSetting, settingSuggestion } from './settings/meant-setting.ts'
import { shown } from './shown.ts'
import type { Variable, Variables, VariableSet } from './variable-set.ts'

/** A setting as it was read, and the variable that it came from, to say where. */
export interface Setting<Name extends SettingName> {
  readonly variable: Variable
  readonly value: SettingValue<Name>
}

/** Reads settings, each once: hosts that share a variable share its value, and its problems. */
export class SettingReader {
  readonly problems: Problems
  readonly #read = new WeakMap<Variable, Setting<SettingName> | undefined>()

  constructor(problems: Problems) {
    this.problems = problems
  }

  /** Absent where the host has no such variable, where a level removed it by null, and where it is wrong, which is reported. */
  setting<Name extends SettingName>(variables: Variables, name: Name): Setting<Name> | undefined {
    const variable = variables.get(name)
    if (variable === undefined) return undefined
    if (!this.#read.has(variable)) this.#read.set(variable, this.#parse(variable, name))
    return this.#read.get(variable)
  }

  /** Something wrong at a path of a variable. */
  problem(variable: Variable, path: readonly string[], message: string): void {
    const place = placeOf(variable, path)
    if (place !== undefined) this.problems.at(place.document, place.path, message)
  }

  #parse<Name extends SettingName>(variable: Variable, name: Name): Setting<Name> | undefined {
    const merged = mergedSetting(variable)
    if (merged === null || merged === undefined) return undefined
    const value = parsed(SETTING_SCHEMAS[name], merged, (path, message) => {
      this.problem(variable, path, message)
    })
    return value === undefined ? undefined : { variable, value: value as SettingValue<Name> }
  }
}

/** The schema's value; where there is none, every problem is told. */
export function parsed<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  tell: (path: readonly string[], message: string) => void,
): z.infer<Schema> | undefined {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  for (const { path, message } of result.error.issues) tell(path.map(String), message)
  return undefined
}

/** Reports every variable that was meant as a `mailfw_*` and is none. */
export function refuseUnknownSettings(sets: Iterable<VariableSet>, problems: Problems): void {
  const known = Object.keys(SETTING_SCHEMAS)
  for (const { document, path, values } of sets) {
    for (const name of Object.keys(values)) {
      if (known.includes(name) || !isMeantAsSetting(name)) continue
      problems.at(
        document,
        [...path, name],
        `expected a variable of mailfw, got ${shown(name)}${settingSuggestion(name)}`,
      )
    }
  }
}
