import { ruleWords, wordValue } from './words.ts'

/** The rules that iptables prints for one that a person wrote: the same in other words, or one for each of its addresses. */
export type PrintedWords = ReadonlyMap<string, readonly string[]>

/**
 * How a host's iptables prints each rule of a chain as it was written. Empty where `printed` has not as many rules as
 * `written` comes to.
 */
export function printedWords(written: readonly string[], printed: readonly string[]): PrintedWords {
  const words = new Map<string, readonly string[]>()
  let place = 0
  for (const rule of written) {
    const count = rulesMadeOf(rule)
    words.set(rule, printed.slice(place, place + count))
    place += count
  }
  return place === printed.length ? words : new Map()
}

const ADDRESS_OPTIONS = ['-s', '--source', '--src', '-d', '--destination', '--dst']

/** iptables makes a rule for each pair of a source and a destination. */
function rulesMadeOf(rule: string): number {
  if (!rule.includes(',')) return 1
  const words = ruleWords(rule)
  return words.reduce(
    (count, word, index) =>
      ADDRESS_OPTIONS.includes(word) ? count * wordValue(words[index + 1] ?? '').split(',').length : count,
    1,
  )
}
