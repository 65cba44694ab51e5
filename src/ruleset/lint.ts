import { isIP } from 'node:net'
import { rememberRecent, rememberSome } from '../lib/recent.ts'
import { withoutComments } from '../lib/without-comments.ts'
import { parseRuleset, RulesetError } from './parse.ts'
import { ruleWords, wordValue } from './words.ts'

export interface LintProblem {
  /** 1-based; absent where no single line is at fault. */
  readonly line: number | undefined
  readonly message: string
}

/**
 * What is wrong with a rendered text although the kernel of a running host may accept it: not the form of a rules
 * file, a chain that `foreign` (a `foreignPattern`) leaves to another program, or a host name as an address, which
 * cannot be looked up when the rules are loaded at boot, before there is a network.
 */
export function lintRuleset(text: string, foreign: string): readonly LintProblem[] {
  return linterFor(foreign)(withoutComments(text))
}

/** Most hosts of a fleet have the rules of another one. */
const linterFor = rememberSome(
  (foreign) => rememberRecent((text) => lintText(text, new RegExp(foreign)), 64),
  100,
)

function lintText(text: string, pattern: RegExp): readonly LintProblem[] {
  try {
    parseRuleset(text)
  } catch (error) {
    if (error instanceof RulesetError) return [{ line: error.line, message: error.problem }]
    throw error
  }
  return text.split('\n').flatMap((line, index) => {
    const messages = line.startsWith(':') ? declarationProblems(line, pattern) : ruleProblems(line)
    return messages.map((message) => ({ line: index + 1, message }))
  })
}

function declarationProblems(line: string, foreign: RegExp): readonly string[] {
  const [name = ''] = ruleWords(line.slice(1))
  return foreign.test(`:${name} -`)
    ? [`the chain ${name} belongs to another program by mailfw_preserve; expected another name`]
    : []
}

/** Passes over most lines at once. */
const ADDRESS_OPTION = /[ \t](?:-[sd]|--(?:src|dst|source|destination))[ \t]/

const ADDRESS_OPTIONS = ['-s', '-d', '--source', '--destination', '--src', '--dst']

function ruleProblems(line: string): readonly string[] {
  if (!ADDRESS_OPTION.test(line)) return []
  const words = ruleWords(line)
  return words.flatMap((word, index) =>
    ADDRESS_OPTIONS.includes(word) ? addressProblems(word, wordValue(words[index + 1] ?? '')) : [],
  )
}

function addressProblems(option: string, value: string): readonly string[] {
  return value
    .split(',')
    .filter((address) => isIP(address.split('/')[0] ?? '') === 0)
    .map(
      (address) =>
        `expected an address or network after ${option}, got "${address}"; host names cannot be looked up at boot`,
    )
}
