import type { Preserve } from '../model/foreign.ts'
import { DEFAULT_PRESERVE } from '../model/foreign.ts'
import type { Problems } from './problems.ts'
import { parsed } from './setting-reader.ts'
import { SETTING_SCHEMAS } from './setting-schema.ts'
import type { Variable } from './variable-set.ts'

/** The expression that comes of them is an environment variable of awk, of which Linux takes at most 128 KiB. */
const MOST_CHARACTERS = 4_000

const KINDS = ['chains', 'sets', 'lists', 'interfaces', 'comments', 'rules'] as const

/** What the defaults and every level name, together; a null takes back what weaker levels added. */
export function preserveOf(variable: Variable, problems: Problems): Preserve {
  let preserve = DEFAULT_PRESERVE
  for (const { document, path, values } of variable.sets) {
    const written = values[variable.name]
    if (written === null) {
      preserve = DEFAULT_PRESERVE
      continue
    }
    const added = parsed(SETTING_SCHEMAS.mailfw_preserve, written, (inner, message) => {
      const asList = Array.isArray(written) ? inner.slice(1) : typeof written === 'string' ? [] : inner
      problems.at(document, [...path, variable.name, ...asList], message)
    })
    const kinds = KINDS.map(
      (kind) => [kind, [...new Set([...preserve[kind], ...(added?.[kind] ?? [])])]] as const,
    )
    preserve = { ...preserve, ...Object.fromEntries(kinds) }
    if (charactersOf(preserve) > MOST_CHARACTERS) {
      const message = `expected names of at most ${MOST_CHARACTERS} characters in all, got ${charactersOf(preserve)}`
      problems.at(document, [...path, variable.name], message)
    }
  }
  return preserve
}

function charactersOf(preserve: Preserve): number {
  return KINDS.flatMap((kind) => preserve[kind]).reduce((sum, name) => sum + name.length, 0)
}
