import { restoreWords } from '../model/restore-words.ts'

/** Those that are a part of iptables itself, or of any kernel that has it. */
const ALWAYS_THERE = ['tcp', 'udp', 'icmp', 'icmp6', 'ipv6-icmp', 'ACCEPT', 'DROP', 'RETURN', 'QUEUE']

/** The matches and targets that the rules of a text name, each once. Chains are no targets: the text declares them. */
export function extensionsOf(text: string): readonly string[] {
  const lines = text.split('\n')
  const chains = new Set(lines.flatMap((line) => /^:(\S+)/.exec(line)?.slice(1) ?? []))
  const names = lines.filter((line) => line.startsWith('-A ')).flatMap(extensionsIn)
  return [...new Set(names)].filter((name) => !chains.has(name) && !ALWAYS_THERE.includes(name))
}

/** The matches and targets of one rule. */
export function extensionsIn(rule: string): readonly string[] {
  const words = restoreWords(rule) ?? []
  return words.flatMap((word, index) =>
    ['-m', '--match', '-j', '--jump'].includes(words[index - 1] ?? '') ? [word] : [],
  )
}
