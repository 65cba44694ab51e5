import { flagsOf, verbIn } from './verbs.ts'

/** yargs offers `-l` as `--l` where two dashes are typed. */
const LONG_LETTER = /^--.(?:[:\t]|$)/

/**
 * What may follow the words typed so far, one a line: the values of a flag, else what yargs offers. Nothing where a
 * file is expected: the shell completes those itself.
 */
export async function complete(typed: readonly string[], ask: () => Promise<string>): Promise<string> {
  const verb = verbIn(typed)
  const flag =
    verb && flagsOf(verb).find((each) => each.takesValue && each.words.includes(typed.at(-2) ?? ''))
  if (flag) return lines(flag.choices)
  const wantsFlag = typed.at(-1)?.startsWith('-') === true
  const offered = (await ask()).split('\n').filter((word) => word !== '')
  return lines(offered.filter((word) => (wantsFlag ? !LONG_LETTER.test(word) : !word.startsWith('-'))))
}

function lines(words: readonly string[]): string {
  return words.map((word) => `${word}\n`).join('')
}
