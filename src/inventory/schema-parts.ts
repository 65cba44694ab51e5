import * as z from 'zod'
import { suggestion } from './nearest.ts'
import { shown } from './shown.ts'
import { isMap } from './value-tree.ts'

const MOST_ITEMS = 20_000
const TRUE_WORDS = ['yes', 'on', 'true', '1', 'y', 't']
const FALSE_WORDS = ['no', 'off', 'false', '0', 'n', 'f']

/** The message of a schema: `expected a port from 1 to 65535, got "ssh"`. */
export function expected(what: string) {
  return { error: (issue: { input: unknown }) => `expected ${what}, got ${shown(issue.input)}` }
}

/** A map with these keys and no others; an unknown one is reported at its own place, with a suggestion. */
export function closedMap<Shape extends z.core.$ZodShape>(shape: Shape, remark = '') {
  const names = Object.keys(shape)
  const unknownKey = z.unknown().refine(() => false, {
    error: ({ path = [] }) => {
      const key = String(path.at(-1))
      return `expected one of ${names.join(', ')}, got ${shown(key)}${suggestion(key, names)}`
    },
  })
  return mapOnly(`a map of ${names.join(', ')}${remark}`, z.object(shape).catchall(unknownKey))
}

/** A map of any keys and values. */
export function openMap(what: string) {
  return mapOnly(what, z.record(z.string(), z.unknown()))
}

/** A whole number, also where it is written as text, as `-e port=25` does. */
export function wholeNumber(least: number, most: number, what = 'a whole number') {
  const range = expected(`${what} from ${least} to ${most}`)
  return z.preprocess(
    (value) => (typeof value === 'string' && /^[0-9]{1,15}$/.test(value) ? Number(value) : value),
    z.number(range).refine((value) => Number.isInteger(value) && value >= least && value <= most, range),
  )
}

/** True or false, also as one of the words that Ansible takes for them. */
export function flag() {
  return z.preprocess(flagOf, z.boolean(expected('true or false')))
}

/** A list of texts, or one. */
export function texts(what: string) {
  return listOrOne(what, filledText(what))
}

/** A text that is not empty. */
export function filledText(what: string) {
  return z.string(expected(what)).min(1, expected(what))
}

/** What `parse` makes of a text; absent is a fault. */
export function parsedText<T>(what: string, parse: (text: string) => T | undefined) {
  return z.string(expected(what)).transform((text, context): T => {
    const value = parse(text)
    if (value !== undefined) return value
    context.issues.push({ code: 'custom', input: text, message: expected(what).error({ input: text }) })
    return z.NEVER
  })
}

/** A list of such texts; a single text is a list of one. */
export function listOrOne<Item extends z.ZodType>(what: string, item: Item) {
  return z.preprocess((value) => (typeof value === 'string' ? [value] : value), boundedList(what, item))
}

/** A list; one that is too long is not looked into. */
export function boundedList<Item extends z.ZodType>(what: string, item: Item, most = MOST_ITEMS) {
  const list = z.array(item, expected(`a list of ${what}`))
  return z.preprocess((value, context) => {
    if (!Array.isArray(value) || value.length <= most) return value
    const message = `expected a list of at most ${most} items, got ${value.length}`
    context.issues.push({ code: 'custom', input: value, message })
    return z.NEVER
  }, list)
}

export function oneOf<const Names extends readonly [string, ...string[]]>(names: Names) {
  return z.enum(names, expected(names.join(' or ')))
}

/** Reads Ansible's words for a truth value; anything else comes back as it is. */
export function flagOf(value: unknown): unknown {
  const word = typeof value === 'string' || typeof value === 'number' ? String(value).toLowerCase() : ''
  if (TRUE_WORDS.includes(word)) return true
  return FALSE_WORDS.includes(word) ? false : value
}

/** zod takes any object for a map, an opaque value too. */
function mapOnly<Schema extends z.ZodType>(what: string, schema: Schema) {
  const message = expected(what)
  return z.preprocess((value, context) => {
    if (isMap(value)) return value
    context.issues.push({ code: 'custom', input: value, message: message.error({ input: value }) })
    return z.NEVER
  }, schema)
}
