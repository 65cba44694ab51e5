import { isIP } from 'node:net'
import type { Family } from '../model/family.ts'
import { parseNetwork } from '../model/network.ts'
import { restoreWords } from '../model/restore-words.ts'
import { wordFault } from '../model/word-fault.ts'
import { mappedFault } from './network-list.ts'
import { shown } from './shown.ts'

const LONGEST = 4_096

/** What is wrong with an extra rule of a family, as a sentence; absent where nothing is seen to be. The kernel has the last word. */
export function extraRuleFault(rule: string, family: Family): string | undefined {
  if (/[\u0000-\u001f\u007f]/.test(rule)) return 'expected a rule of one line, got a control character in it'
  if (rule.length > LONGEST) return `expected a rule of at most ${LONGEST} characters, got ${rule.length}`
  if (!/^-A (?:INPUT|FORWARD|OUTPUT) \S/.test(rule)) {
    return 'expected a rule that begins with "-A INPUT", "-A FORWARD" or "-A OUTPUT"'
  }
  const words = restoreWords(rule)
  if (words === undefined) return 'expected a rule whose quotes are closed'
  if (words.some((word) => isTableOption(word))) {
    return 'expected a rule of the table filter, got one that names a table'
  }
  for (const word of words) {
    const expected = wordFault(word)
    if (expected !== undefined) return `expected ${expected}, got ${shown(word)}`
  }
  return addressFault(words, family)
}

const LONGEST_SHAPE = 500
/** Each multiplies the time that a pattern may take. */
const MOST_PLACEHOLDERS = 5

/** What is wrong, if anything, with a rule of `mailfw_preserve`: ADDRESS, PORT and INTERFACE in it stand for any. */
export function shapeFault(shape: string): string | undefined {
  if (/\p{C}/u.test(shape)) return 'expected a rule of one line, got a control character in it'
  if (shape.length > LONGEST_SHAPE)
    return `expected a rule of at most ${LONGEST_SHAPE} characters, got ${shape.length}`
  if (!/^-A \S+ \S/.test(shape)) return `expected a rule that begins with "-A CHAIN", got ${shown(shape)}`
  const words = restoreWords(shape)
  if (words === undefined) return 'expected a rule whose quotes are closed'
  if (shape.split(/ADDRESS|PORT|INTERFACE/).length > MOST_PLACEHOLDERS + 1)
    return `expected at most ${MOST_PLACEHOLDERS} of ADDRESS, PORT and INTERFACE in a rule`
  if (words.some((word) => isTableOption(word)))
    return 'expected a rule of the table filter, got one that names a table: other tables keep the rules of others'
  return words.some((word) => JUMPS.includes(word))
    ? undefined
    : `expected a rule with a target behind -j or -g, got ${shown(shape)}`
}

const JUMPS = ['-j', '-g', '--jump', '--goto']

/** iptables-restore refuses it as well, but only on the host. */
function isTableOption(word: string): boolean {
  return /^(?:-t|--ta?b?l?e?(?:=|$))/.test(word)
}

function addressFault(words: readonly string[], family: Family): string | undefined {
  const version = family === 'v4' ? 4 : 6
  const addresses = words.flatMap((word, index) => addressesAt(word, words[index + 1] ?? ''))
  const wrong = addresses.find((address) => isIP(address.split('/', 1)[0] ?? '') !== version)
  for (const address of family === 'v6' ? addresses : []) {
    const network = parseNetwork(address)
    if ('problem' in network && network.problem === 'mapped') return mappedFault(address, network.meant)
  }
  return wrong === undefined
    ? undefined
    : `expected an IPv${version} address or network after -s and -d, got ${shown(wrong)}; names are not looked up, for rules load before the network`
}

/** getopt takes any beginning of a long option, and a value in the same word. */
function addressesAt(word: string, next: string): readonly string[] {
  const [, short, long = '', assigned] = /^(?:-[sd](.*)|--([a-z]{2,})(?:=(.*))?)$/.exec(word) ?? []
  if (short !== undefined) return (short === '' ? next : short).split(',')
  return ADDRESS_OPTIONS.some((option) => option.startsWith(long)) && long !== ''
    ? (assigned ?? next).split(',')
    : []
}

const ADDRESS_OPTIONS = ['source', 'src', 'destination', 'dst']
