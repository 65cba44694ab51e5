import { otherSpellings } from './setting-merge.ts'
import { isMap } from './value-tree.ts'
import type { Place, Variable, VariableSet } from './variable-set.ts'

/** Where a part of a merged variable was written: in the strongest set that knows most of the path. */
export function placeOf(variable: Variable, path: readonly string[]): Place | undefined {
  let best: { set: VariableSet; written: readonly string[] } | undefined
  for (const set of variable.sets.toReversed()) {
    const written = writtenPath(set.values[variable.name], path)
    if (written.length > (best?.written.length ?? -1)) best = { set, written }
  }
  if (best === undefined) return undefined
  const { set, written } = best
  return { document: set.document, path: [...set.path, variable.name, ...written] }
}

/** As much of the path as the value has, in the spelling of the file. */
function writtenPath(value: unknown, path: readonly string[]): readonly string[] {
  const written: string[] = []
  let here = value
  for (const key of path) {
    const spelling = [key, ...otherSpellings(key)].find((text) => hasKey(here, text))
    if (spelling === undefined) break
    written.push(spelling)
    here = (here as Record<string, unknown>)[spelling]
  }
  return written
}

function hasKey(value: unknown, key: string): boolean {
  return (isMap(value) || Array.isArray(value)) && Object.hasOwn(value, key)
}
