import type { YamlDocument } from './yaml-document.ts'

/** Where in which file something was written. */
export interface Place {
  readonly document: YamlDocument
  readonly path: readonly string[]
}

/** Variables that were written at one place: the `vars` of a group, the values of a host, one file of group_vars. */
export interface VariableSet extends Place {
  readonly values: Readonly<Record<string, unknown>>
}

/** One variable of one host (or of many that share it): every set that gives it a value, the strongest last. */
export class Variable {
  readonly name: string
  readonly sets: readonly VariableSet[]

  constructor(name: string, sets: readonly VariableSet[]) {
    this.name = name
    this.sets = sets
  }

  /** As Ansible sees it: the strongest value replaces the others. */
  get value(): unknown {
    return this.sets.at(-1)?.values[this.name]
  }
}

export type Variables = ReadonlyMap<string, Variable>

/** Adds stronger sets to variables; those that the sets do not name stay the same objects. */
export function withSets(variables: Variables, sets: readonly VariableSet[]): Variables {
  if (sets.length === 0) return variables
  const extended = new Map(variables)
  for (const set of sets) {
    for (const name of Object.keys(set.values)) {
      extended.set(name, new Variable(name, [...(extended.get(name)?.sets ?? []), set]))
    }
  }
  return extended
}
