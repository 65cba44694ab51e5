import { rememberFor } from '../lib/recent.ts'
import type { Preserve } from '../model/foreign.ts'
import { TUNNEL_INTERFACES } from '../model/foreign.ts'
import { shapeExpression } from './preserve/rule-shape.ts'

/**
 * One extended regular expression for lines of iptables-save without counters (`:CHAIN …`, `-A CHAIN …`) that
 * belong to another program: a foreign chain and its rules, a jump to it, a foreign set, `recent` list, interface,
 * comment or shape. Names are compared literally except for `*` and `?`.
 *
 * It means the same to JavaScript, `grep -E` and every awk, so that controller and host agree by construction;
 * therefore no intervals, no classes by name, no lookaround. It steps through the words of the line from the
 * start, so that text inside a quoted comment is never taken for an option.
 */
export const foreignPattern: (preserve: Preserve) => string = rememberFor(patternOf)

function patternOf(preserve: Preserve): string {
  const chains = names(preserve.chains)
  const uses = [
    ...chains.map((chain) => ` -[jg] ${chain}`),
    ...names(preserve.sets).map((set) => ` --(match|add|del|map)-set ${set}`),
    ...names(preserve.lists).map((list) => ` -m recent${WORDS} --name ${list}`),
    ...names(preserve.interfaces).map((name) => ` (-[io]|--physdev-(in|out)) ${name}`),
    ...comments(preserve.comments).map((comment) => ` --comment ${comment}`),
  ]
  const lines = [
    ...chains.flatMap((chain) => [`:${chain} `, `-A ${chain}( |$)`]),
    ...uses.slice(0, 1).map(() => `-A [^ ]+${WORDS}(${uses.join('|')})( |$)`),
    ...names(TUNNEL_INTERFACES).map((name) => `-A FORWARD${WORDS} -[io] ${name}( |$)`),
    ...preserve.rules.map(shapeExpression),
  ]
  return `^(${lines.join('|')})`
}

const WORDS = '( ([^ "]+|"([^"\\\\]|[\\\\].)*"))*'

const BARE = { any: '[^ "]', literal }
const QUOTED = { any: '([^"\\\\]|[\\\\].)', literal: quotedLiteral }

/** No alternative, or one that matches any of the names. No name starts with what an option or its negation starts with. */
function names(globs: readonly string[]): readonly string[] {
  return alternatives(globs.map(bareGlob))
}

/** iptables-save quotes a comment that has more than letters, digits, `_` and `-`. */
function comments(globs: readonly string[]): readonly string[] {
  return alternatives(globs.flatMap((glob) => [bareGlob(glob), `"${expression(glob, QUOTED)}"`]))
}

function alternatives(expressions: readonly string[]): readonly string[] {
  return expressions.length === 0 ? [] : [`(${expressions.join('|')})`]
}

function bareGlob(glob: string): string {
  const rest = expression(glob.slice(1), BARE)
  if (glob.startsWith('*')) return `([^ "!-]${BARE.any}*)?${rest}`
  if (glob.startsWith('?')) return `[^ "!-]${rest}`
  return expression(glob, BARE)
}

function expression(glob: string, kind: typeof BARE): string {
  return Array.from(glob)
    .map((character) => {
      if (character === '*') return `${kind.any}*`
      return character === '?' ? kind.any : kind.literal(character)
    })
    .join('')
}

/** A bracket takes the meaning from every special character but these: `^` alone in one negates, `]` alone needs none. */
function literal(character: string): string {
  if (character === '\\') return '[\\\\]'
  if (character === '^') return '\\^'
  return /[.[{}()*+?|$]/.test(character) ? `[${character}]` : character
}

function quotedLiteral(character: string): string {
  return /["'\\]/.test(character) ? `[\\\\]${literal(character)}` : literal(character)
}
