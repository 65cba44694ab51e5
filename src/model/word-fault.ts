/**
 * What was expected instead of a word that may stand nowhere in a rule, as a value neither, for only iptables knows which
 * words are values; absent if it may. getopt takes a cluster of short options, and any beginning of a long one.
 */
export function wordFault(word: string): string | undefined {
  return FAULTS.find(({ isMatch }) => isMatch(word))?.expected
}

/** Short options without a value, which others may follow in the same word. */
const FLAGS = '-[46bfnvx]*'

const FAULTS: readonly { readonly isMatch: (word: string) => boolean; readonly expected: string }[] = [
  {
    // `--modprobe COMMAND`: iptables runs it, as root, if a match needs a module
    isMatch: (word) => new RegExp(`^${FLAGS}M`).test(word) || isBeginningOf('--modprobe', '--mo', word),
    expected: 'a rule that names no program to run',
  },
  {
    // iptables-restore prints that, loads nothing of the text, and says that it succeeded
    isMatch: (word) =>
      new RegExp(`^${FLAGS}[hV]`).test(word) ||
      isBeginningOf('--help', '--h', word) ||
      isBeginningOf('--version', '--vers', word),
    expected: 'a rule that asks for no help and no version',
  },
]

function isBeginningOf(option: string, shortest: string, word: string): boolean {
  const [beginning = ''] = word.split('=', 1)
  return beginning.startsWith(shortest) && option.startsWith(beginning)
}
