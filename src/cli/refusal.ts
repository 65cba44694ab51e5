import { nearest } from '../inventory/nearest.ts'
import type { POSITIONALS, VerbName } from './verbs.ts'
import { flagsOf, flagWord, verbIn, VERBS } from './verbs.ts'

const VERB_NAMES = [...Object.keys(VERBS), 'completion']
const ALWAYS = ['--help', '-h', '--version']

/** Why a command line was refused, with what was probably meant. `refused` is what yargs threw. */
export function explainRefusal(words: readonly string[], refused: unknown): string {
  const verb = verbIn(words)
  if (verb === undefined) return explainVerb(words)
  const unknown = unknownFlag(words, verb)
  if (unknown !== undefined) {
    return `${sentence(`Unknown flag ${unknown}`, nearest(unknown, flagWords(verb)))} ${seeHelp(verb)}`
  }
  const missing = missingPositionals(words, verb)
  if (missing !== undefined) return `${missing} ${seeHelp(verb)}`
  const message = refused instanceof Error ? refused.message : String(refused)
  return `${asTyped(message).replace(/[.]?$/, '.')} ${seeHelp(verb)}`
}

/** yargs names a flag without its dashes. */
function asTyped(message: string): string {
  return message.replace(/^The flag (\S+)/, (_, name: string) => `The flag ${flagWord(name)}`)
}

function explainVerb(words: readonly string[]): string {
  const typed = words.find((word) => !word.startsWith('-'))
  if (typed === 'completion') return `Nothing is expected after completion. ${seeHelp()}`
  if (typed !== undefined) {
    return `${sentence(`Unknown command ${JSON.stringify(typed)}`, nearest(typed, VERB_NAMES))} ${seeHelp()}`
  }
  const flag = words.find((word) => word.startsWith('-') && !ALWAYS.includes(word))
  return flag === undefined
    ? `A command is expected: ${VERB_NAMES.join(', ')}. ${seeHelp()}`
    : `A command is expected before ${flag}: ${VERB_NAMES.join(', ')}. ${seeHelp()}`
}

function unknownFlag(words: readonly string[], verb: VerbName): string | undefined {
  const known = [...flagsOf(verb).flatMap((flag) => flag.words), ...ALWAYS]
  return words
    .filter((word) => /^--?[A-Za-z]/.test(word))
    .map((word) => (word.startsWith('--') ? word.replace(/=.*/s, '') : word.slice(0, 2)))
    .find((flag) => !known.includes(flag))
}

/** Those worth suggesting. */
function flagWords(verb: VerbName): readonly string[] {
  return flagsOf(verb)
    .filter((flag) => !flag.hidden)
    .flatMap((flag) => flag.words)
    .filter((word) => word.startsWith('--'))
}

/** The sentence for a command that lacks an inventory, or what else has to stand there. */
function missingPositionals(words: readonly string[], verb: VerbName): string | undefined {
  const { positionals } = VERBS[verb]
  if (countPositionals(words, verb) >= positionals.length) return undefined
  const usage = `mailfw ${verb} ${positionals.map((name) => name.toUpperCase()).join(' ')}`
  const names = positionals.map((name) => EXPECTED[name])
  const list =
    names.length === 1 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`
  return `${capitalised(list)} ${names.length === 1 ? 'is' : 'are'} expected: ${usage}.`
}

const EXPECTED: Readonly<Record<keyof typeof POSITIONALS, string>> = {
  inventory: 'an inventory',
  host: 'a host',
  attempt: 'an attempt',
  action: 'install, show or remove',
  task: 'the word merge',
  files: 'a file',
}

function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

/** Words that are neither the verb, nor a flag, nor a flag's value. */
function countPositionals(words: readonly string[], verb: VerbName): number {
  const isValue = (index: number): boolean =>
    flagsOf(verb).some((flag) => flag.takesValue && flag.words.includes(words[index - 1] ?? ''))
  return words.filter(
    (word, index) => index !== words.indexOf(verb) && !word.startsWith('-') && !isValue(index),
  ).length
}

function sentence(complaint: string, meant: string | undefined): string {
  return meant === undefined ? `${complaint}.` : `${complaint}; did you mean ${meant}?`
}

function seeHelp(verb?: VerbName): string {
  return `See ${verb === undefined ? 'mailfw' : `mailfw ${verb}`} --help.`
}
