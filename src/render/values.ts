import Handlebars from 'handlebars'
import { Opaque } from '../inventory/opaque.ts'
import type { Place } from './problem-at.ts'
import { faultAt } from './problem-at.ts'

/** A value as text. Throws InputError, naming `name` and its place, for what has no text that a rule could hold. */
export function textOf(value: unknown, name: string, place: Place): string {
  if (typeof value === 'string') return checkedText(value, name, place)
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
    return String(value)
  throw faultAt(place, name, `expected text, found ${described(value)}`)
}

/** The same, where a space or a quote would end the word. */
export function wordOf(value: unknown, name: string, place: Place): string {
  const text = textOf(value, name, place)
  if (isWord(text)) return text
  throw faultAt(place, name, `expected one word, got ${JSON.stringify(text)}`)
}

export function listOf(value: unknown, name: string, place: Place): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw faultAt(place, name, `expected a list, found ${described(value)}`)
}

export function mapOf(value: unknown, name: string, place: Place): Readonly<Record<string, unknown>> {
  if (isMap(value)) return value
  throw faultAt(place, name, `expected names with values, found ${described(value)}`)
}

/** What `#if` decides by. */
export function holds(value: unknown): boolean {
  return !Handlebars.Utils.isEmpty(value) && value !== 0
}

/** Plain data with names; not a list and not a value that the inventory only carries along. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** A value such as `!vault …` that the inventory carries along and nobody here can read. */
export function isOpaque(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isMap(value)
}

/** Whether a text stays one word of a rule where it stands between spaces, and is no option. */
export function isWord(text: string): boolean {
  return /^[^\s"\\!-][^\s"\\]*$/.test(text)
}

/** For messages: what a value is, without showing it. */
export function described(value: unknown): string {
  if (value === undefined) return 'nothing of this name'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Opaque) return `${value.description()}, which mailfw does not read`
  if (typeof value === 'object') return 'a map'
  return `a ${typeof value}`
}

function checkedText(text: string, name: string, place: Place): string {
  if (text === '') throw faultAt(place, name, 'expected text, found an empty string')
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text)) {
    throw faultAt(place, name, `expected text of one line, got ${JSON.stringify(text)}`)
  }
  return text
}
