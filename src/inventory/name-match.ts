/** A test of names: `*`, `?`, `[seq]`, `[!seq]`, or after `~` a regular expression that matches from the start. Throws SyntaxError. */
export function nameMatcher(pattern: string): (name: string) => boolean {
  const expression = pattern.startsWith('~') ? pythonRegExp(pattern.slice(1)) : globRegExp(pattern)
  return (name) => expression.test(name)
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
