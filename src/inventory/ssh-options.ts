import { shown } from './shown.ts'

/** Letters of ssh's options that take a value: ssh(1), OpenSSH 10. */
const WITH_VALUE = 'BbcDEeFIiJLlmOopPQRSWw'

/** What is wrong with words that are to be options of ssh: it would take any other for a host, or for a command to run there. */
export function sshOptionFault(words: readonly string[]): string | undefined {
  if (words.some((word) => /[\p{Cc}]/u.test(word)))
    return 'expected options of ssh, got a control character in one'
  let isValue = false
  for (const word of words) {
    if (!isValue && !/^-[A-Za-z0-9]/.test(word)) return `expected options of ssh, got ${shown(word)}`
    isValue = !isValue && wantsValue(word.slice(1))
  }
  return isValue ? 'expected a value behind the last option of ssh, got none' : undefined
}

/** Letters may stand together; the first that takes a value has the rest of the word, or else the next word. */
function wantsValue(letters: string): boolean {
  const at = Array.from(letters).findIndex((letter) => WITH_VALUE.includes(letter))
  return at >= 0 && at === letters.length - 1
}
