import type { HostResult } from '../model/outcome.ts'

/** Things that are equal, together: in the order of the first of each. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): (readonly [T, ...T[]])[] {
  const groups = new Map<string, [T, ...T[]]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return [...groups.values()]
}

/** A sentence about one host as it reads for all that it holds for: without the host's own name, address and key. */
export function commonSentence(result: HostResult, sentence: string): string {
  const own = [
    [result.fingerprint, '<key>'],
    [result.host, '<host>'],
    [result.address, '<address>'],
  ] as const
  return own.reduce(
    (text, [value, mark]) => (value === undefined || value === '' ? text : replaceWord(text, value, mark)),
    sentence,
  )
}

/** What holds for all of a group; of hosts that were skipped one by one the last knows best why. */
export function sentenceFor(group: readonly [HostResult, ...HostResult[]]): string {
  const last = group.at(-1) ?? group[0]
  return group.length === 1 ? last.message : commonSentence(last, last.message)
}

/** The sentence without the command that mends it, for where that command stands by itself. */
export function withoutFix(sentence: string, fix: string | undefined): string {
  return fix === undefined ? sentence : sentence.replace(`; to mend it: ${fix}`, '')
}

function replaceWord(text: string, word: string, by: string): string {
  const literal = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return text.replace(new RegExp(`(?<![\\w.-])${literal}(?![\\w-]|\\.\\w)`, 'g'), by)
}
