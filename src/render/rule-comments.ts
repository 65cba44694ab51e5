/** A word of a rule as it is written, quotes included, with the blanks before it. */
const WORDS = /\s*(?:"(?:[^"\\]|\\.)*"|[^\s"]+)/g

/** The text with rules that have no comments, for a kernel without that extension; lines that begin with `#` stay. */
export function withoutRuleComments(text: string): string {
  if (!text.includes('comment')) return text
  return text
    .split('\n')
    .map((line) => (line.startsWith('-A ') ? withoutComment(line) : line))
    .join('\n')
}

function withoutComment(line: string): string {
  const words = line.match(WORDS) ?? []
  const kept: string[] = []
  for (let at = 0; at < words.length; at += 1) {
    const [match, name, option] = words.slice(at, at + 3).map((word) => word.trim())
    if (['-m', '--match'].includes(match ?? '') && name === 'comment' && option === '--comment') at += 3
    else kept.push(words[at] ?? '')
  }
  return kept.join('')
}
