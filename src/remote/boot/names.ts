export type NameKind = 'sets' | 'users' | 'groups'

const OPTIONS: Readonly<Record<NameKind, RegExp>> = {
  sets: / --(?:match|add|del|map)-set ([\w.:-]{1,31})(?= )/g,
  // A number needs no look-up
  users: / --uid-owner (?!\d+(?:-\d+)?(?: |$))([\w.@-]{1,64})(?= |$)/g,
  groups: / --gid-owner (?!\d+(?:-\d+)?(?: |$))([\w.@-]{1,64})(?= |$)/g,
}

/** What the rules of these texts name and the kernel or the host has to know before it loads them. */
export function namesIn(texts: readonly string[], kind: NameKind): readonly string[] {
  const found = texts
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.includes(kind === 'sets' ? '-set ' : 'id-owner ') && !line.startsWith('#'))
    .flatMap((line) => [...unquoted(line).matchAll(OPTIONS[kind])].map(([, name = '']) => name))
  return [...new Set(found)]
}

/** Plain words without their quotes, and other quoted text left out: a comment names nothing. */
function unquoted(line: string): string {
  return line.replaceAll(/"((?:[^"\\]|\\.)*)"/g, (_, text: string) =>
    /^[\w.:@-]+$/.test(text) ? text : '""',
  )
}
