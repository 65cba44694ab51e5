import { MULTIPORT_SLOTS } from '../policy/port-groups.ts'
import { words } from './words.ts'

export interface Rule {
  readonly line: number
  readonly words: readonly string[]
}

/** What is wrong with one line: what was expected there, and what was found. */
export class LineFault extends Error {
  constructor(expected: string, found?: string) {
    super(`expected ${expected}${found === undefined ? '' : `, got ${shown(found)}`}`)
    this.name = 'LineFault'
  }
}

/** Reads a rule of a table. Throws LineFault. */
export function checkRule(
  line: number,
  content: string,
  table: { readonly name: string; readonly chains: ReadonlySet<string> },
): Rule {
  const rule = words(content)
  if (rule === undefined) throw new LineFault('every quote to be closed', content)
  const [command, chain = ''] = rule
  if (command !== '-A')
    throw new LineFault('a comment, a table, a chain, a rule that begins with -A, or COMMIT', content)
  if (!table.chains.has(chain)) throw new LineFault(`a chain that *${table.name} declares before`, chain)
  for (const [index, word] of rule.entries()) CHECKS[word]?.(rule[index + 1] ?? '')
  return { line, words: rule }
}

/** XT_MAX_COMMENT_LEN in linux/netfilter/xt_comment.h, without its NUL. */
const COMMENT_BYTES = 255

/** IFNAMSIZ, without its NUL. Source: xt_hashlimit_mtinfo3 checks no more; the tools cut the rest off or refuse it. */
const LIMIT_NAME_CHARACTERS = 15

/** What a rule's option may be followed by. */
const CHECKS: Readonly<Record<string, (value: string) => void>> = {
  '--comment': checkComment,
  '--dports': checkPorts,
  '--sports': checkPorts,
  '--ports': checkPorts,
  '--hashlimit-name': checkLimitName,
}

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
  if (name.length > LIMIT_NAME_CHARACTERS)
    throw new LineFault(`a hashlimit name of at most ${LIMIT_NAME_CHARACTERS} characters`, name)
}

function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)
}
