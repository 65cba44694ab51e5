import { runInNewContext } from 'node:vm'

/** An expression may go over a name in so many ways that it never ends. */
const MOST_MILLISECONDS = 2_000

/** Of a glob that is always quick. */
const QUICK_STARS = 3

/** A pattern whose comparison with the names took too long. */
export class SlowPattern extends Error {
  constructor(cause: unknown) {
    super(`expected a pattern that is compared with all names within ${MOST_MILLISECONDS / 1000} seconds`, {
      cause,
    })
    this.name = 'SlowPattern'
  }
}

/**
 * Those of the names that a pattern matches: `*`, `?`, `[seq]`, `[!seq]`, or after `~` a regular expression that matches
 * from the start. Throws SyntaxError, and SlowPattern.
 */
export function namesMatching(pattern: string, names: readonly string[]): ReadonlySet<string> {
  const isRegExp = pattern.startsWith('~')
  const expression = isRegExp ? pythonRegExp(pattern.slice(1)) : globRegExp(pattern)
  const isQuick = !isRegExp && pattern.split('*').length - 1 <= QUICK_STARS
  return new Set(isQuick ? names.filter((name) => expression.test(name)) : filterInTime(expression, names))
}

/** V8 ends an expression, too, when the time of a script is over. */
function filterInTime(expression: RegExp, names: readonly string[]): readonly string[] {
  try {
    const found: unknown = runInNewContext(
      'names.filter((name) => expression.test(name)).join("\\n")',
      { expression, names },
      { timeout: MOST_MILLISECONDS },
    )
    const matching = new Set(String(found).split('\n'))
    return names.filter((name) => matching.has(name))
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
      ? new SlowPattern(error)
      : error
  }
}

/** Python's spelling of groups and of the leading flag, where JavaScript's differs. */
function pythonRegExp(source: string): RegExp {
  const [, flags = '', rest = source] = /^\(\?([imsu]+)\)(.*)$/s.exec(source) ?? []
  const body = rest.replaceAll('(?P<', '(?<').replaceAll(/\(\?P=(\w+)\)/g, '\\k<$1>')
  return new RegExp(`^(?:${body})`, [...new Set(flags)].filter((flag) => flag !== 'u').join(''))
}

function globRegExp(pattern: string): RegExp {
  const source = pattern.replaceAll(/\[(!?)(\]?[^\]]*)\]|[\s\S]/g, (part, not?: string, set?: string) => {
    if (set !== undefined && set !== '') return characterSet(not === '!', set)
    if (part === '*') return '.*'
    return part === '?' ? '.' : escaped(part)
  })
  return new RegExp(`^(?:${source})$`, 's')
}

function characterSet(isNegated: boolean, set: string): string {
  const body = set.replaceAll(/[\\^[\]]/g, '\\$&')
  return isNegated ? `[^${body}]` : `[${body}]`
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
