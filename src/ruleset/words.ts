/**
 * The words of a rule, as iptables-restore splits them. A quoted word keeps its quotes, so that text inside a
 * comment is never taken for an option.
 */
export function ruleWords(rule: string): readonly string[] {
  return rule.match(/"(?:[^"\\]|\\.)*"|[^ \t]+/g) ?? []
}

/** What a word means: without quotes and without the backslashes that iptables-save puts into them. */
export function wordValue(word: string): string {
  return word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word
}

/** The chain or target that a rule jumps or goes to; absent where it only counts. */
export function jumpTarget(rule: string): string | undefined {
  const words = ruleWords(rule)
  const at = words.findLastIndex((word) => /^(?:-[jg]|--jump|--goto)$/.test(word))
  return at < 0 ? undefined : words[at + 1]
}
