import { Written } from './helpers.ts'
import type { Place } from './problem-at.ts'
import { faultAt } from './problem-at.ts'
import { isWord, textOf } from './values.ts'
import { restoreWords } from '../model/restore-words.ts'

/**
 * A value as it goes into the text. What is more than a plain word is marked, because whether it may stand there
 * depends on what is around it: `unmarked` decides that when the whole text is known.
 */
export function printed(value: unknown, name: string, place: Place): string {
  if (value instanceof Written) return value.text
  const text = textOf(value, name, place)
  return /^[A-Za-z0-9_.][A-Za-z0-9_.:/,@%+=~-]*$/.test(text)
    ? text
    : `${OPEN}${describe(name, place)}${MIDDLE}${text}${CLOSE}`
}

/** Removes the marks. Throws InputError for a value that would end the word or the quotes it stands in, or begin an option. */
export function unmarked(text: string): string {
  if (!text.includes(OPEN)) return text
  return text.split('\n').map(unmarkedLine).join('\n')
}

/** Control characters, which neither a template nor a value can hold. */
const OPEN = '\u0001'
const MIDDLE = '\u0002'
const CLOSE = '\u0003'
const MARKED = /\u0001([^\u0002]*)\u0002([^\u0003]*)\u0003/g

function describe(name: string, place: Place): string {
  return JSON.stringify({ name, place })
}

function unmarkedLine(line: string): string {
  if (!line.includes(OPEN)) return line
  const comment = line.trimStart().startsWith('#')
  return line.replace(MARKED, (whole, from: string, value: string, offset: number) => {
    const before = line.slice(0, offset).replace(MARKED, '$2')
    const alone = before.trim() === '' && line.slice(offset + whole.length).trim() === ''
    const fault = comment ? undefined : faultOf(value, before, alone)
    if (fault === undefined) return value
    const { name, place } = JSON.parse(from) as { name: string; place: Place }
    throw faultAt(place, name, `expected ${fault}, got ${JSON.stringify(value)}`)
  })
}

function faultOf(value: string, before: string, alone: boolean): string | undefined {
  if (alone) return value.startsWith('-A ') ? undefined : 'a rule that begins with -A'
  if (restoreWords(before) === undefined) {
    return /^(?:[^"\\]|\\.)*$/.test(value) ? undefined : 'text without a bare quote or backslash'
  }
  const word = before.endsWith(' ') ? isWord(value) : /^[^\s"\\]+$/.test(value)
  return word || /^"(?:[^"\\]|\\.)*"$/.test(value) ? undefined : 'one word that is no option'
}
