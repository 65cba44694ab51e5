import { randomInt } from 'node:crypto'
import type { Request } from './request.ts'

/** A line of an answer without its nonce, or a text with its name. */
export type Part = string | { readonly text: string; readonly content: string }

/** What an honest host of no rules at all answers: one that a deploy changes, and that says so. */
export function honestAnswer(request: Request): readonly Part[] {
  switch (request.verb) {
    case 'examine':
      return examination(request)
    case 'apply':
      return [`applied ${request.value('expected')} 9`]
    case 'confirm':
      return [`ssh ${SESSION}`, `confirmed ${request.value('expected')} 1`]
    case 'revert':
      return ['reverted']
    case 'recover':
      return ['recovered nothing ']
    default:
      return ['generation ']
  }
}

/** The bytes of an answer: its parts, and the end. */
export function answerText(nonce: string, parts: readonly Part[]): string {
  const lines = parts.map((part) =>
    typeof part === 'string' ? `${nonce} ${part}\n` : `${nonce} text ${part.text}\n${part.content}\n`,
  )
  return `${lines.join('')}${nonce} end\n`
}

/** The parts with some of them changed: those that begin like one of `others` give way to it, the rest comes behind. */
export function altered(parts: readonly Part[], others: readonly Part[]): readonly Part[] {
  const names = new Set(others.map(nameOf))
  return [...parts.filter((part) => !names.has(nameOf(part))), ...others]
}

const FAMILIES = ['v4', 'v6']

/** A line of a family is told from that of the other one. */
function nameOf(part: Part): string {
  if (typeof part !== 'string') return `text ${part.text}`
  const [word = '', second = ''] = part.split(' ')
  return FAMILIES.includes(second) ? `${word} ${second}` : word
}

const SESSION = '127.0.0.1 40000 127.0.0.1 22'
const EMPTY = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT'

function examination(request: Request): readonly Part[] {
  return [
    'hostname liar',
    'boot 00000000-0000-0000-0000-000000000000',
    'uptime 4000',
    // Each liar says that it is a machine of its own.
    `namespace net:[${randomInt(2 ** 32)}]`,
    'os debian ',
    `ssh ${SESSION}`,
    'tcp-loose 1',
    'loader',
    'generation ',
    ...FAMILIES.flatMap((family) => [
      `version ${family} iptables v1.8.9 (nf_tables)`,
      { text: `live-${family}`, content: EMPTY },
      `saved ${family} absent /etc/iptables/rules.${family}`,
      { text: `canonical-${family}`, content: request.text(`wanted_${family}`).trimEnd() },
    ]),
    { text: 'facts', content: 'format 1' },
  ]
}
