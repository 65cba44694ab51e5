import { MULTIPORT_SLOTS } from '../policy/port-groups.ts'
import { LineFault } from './line-fault.ts'
import type { NamedLimit } from './limit-names.ts'
import { limitsOf } from './limit-names.ts'
import { restoreWords } from '../model/restore-words.ts'
import { wordFault } from '../model/word-fault.ts'

/** What is looked at in a rule whose form is right. */
export interface Rule {
  readonly chain: string
  readonly limits: readonly NamedLimit[]
}

/** Reads a rule. Throws LineFault. */
export function checkRule(content: string): Rule {
  const rule = restoreWords(content)
  if (rule === undefined) throw new LineFault('every quote to be closed', content)
  const [command, chain = ''] = rule
  if (command !== '-A') {
    throw new LineFault('a comment, a table, a chain, a rule that begins with -A, or COMMIT', content)
  }
  for (const [index, word] of rule.entries()) {
    const expected = wordFault(word)
    if (expected !== undefined) throw new LineFault(expected, word)
    CHECKS.get(word)?.(rule[index + 1] ?? '')
  }
  return { chain, limits: limitsOf(rule) }
}

/** XT_MAX_COMMENT_LEN in linux/netfilter/xt_comment.h, without its NUL. */
const COMMENT_BYTES = 255

/** IFNAMSIZ without its NUL: `--hashlimit-name` takes no more. */
const LIMIT_NAME_CHARACTERS = 15

/** What an option may be followed by. */
const CHECKS: ReadonlyMap<string, (value: string) => void> = new Map([
  ['--comment', checkComment],
  ['--dports', checkPorts],
  ['--sports', checkPorts],
  ['--ports', checkPorts],
  ['--hashlimit-name', checkLimitName],
])

function checkComment(comment: string): void {
  const bytes = Buffer.byteLength(comment)
  if (bytes < 1 || bytes > COMMENT_BYTES)
    throw new LineFault(`a comment of 1 to ${COMMENT_BYTES} bytes`, comment)
}

function checkPorts(ports: string): void {
  const slots = ports.split(',').reduce((sum, port) => sum + (port.includes(':') ? 2 : 1), 0)
  if (slots > MULTIPORT_SLOTS)
    throw new LineFault(`at most ${MULTIPORT_SLOTS} ports, a range counting two`, ports)
}

function checkLimitName(name: string): void {
  if (name.length <= LIMIT_NAME_CHARACTERS) return
  throw new LineFault(`a hashlimit name of at most ${LIMIT_NAME_CHARACTERS} characters`, name)
}
