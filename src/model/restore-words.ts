/**
 * The words of a line as iptables-restore splits it: at spaces and tabs; a quote holds a word together and ends it
 * where it closes; a backslash inside of quotes takes the next character as it is. Undefined where a quote is left open.
 */
export function restoreWords(line: string): string[] | undefined {
  if (!line.includes('"')) return line.match(/[^ \t]+/g) ?? []
  const found: string[] = []
  let word: string | undefined
  let quoted = false
  const end = (): void => {
    if (word !== undefined) found.push(word)
    word = undefined
  }
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at)
    if (character === '"') {
      word ??= ''
      quoted = !quoted
      if (!quoted) end()
    } else if (!quoted && (character === ' ' || character === '\t')) end()
    else word = (word ?? '') + (quoted && character === '\\' ? line.charAt(++at) : character)
  }
  end()
  return quoted ? undefined : found
}
