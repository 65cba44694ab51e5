import { isIndicator, lineEnd, lineStart, scan } from './scan.ts'
import type { Span } from './scan.ts'

/** What was meant by a text that is no YAML, and where: an offset in the text. */
export interface Slip {
  readonly at: number
  readonly message: string
}

const MARKER = /^(?:<{7}|={7}|>{7}|\|{7})(?: .*)?\r?$/m

/** `position`: where the parser gave up. Absent if the parser's own words are the best that is known. */
export function slipIn(source: string, position: number): Slip | undefined {
  const marker = MARKER.exec(source)
  if (marker !== null) return { at: marker.index, message: CONFLICT }
  const second = secondDocument(source)
  if (second !== undefined) return { at: second, message: SECOND }
  return unquoted(source, position)
}

const CONFLICT = 'expected YAML, got a conflict marker of git: the merge is not finished'
const SECOND =
  'expected one document, got a second one that begins here; Ansible reads no file with two either'

/** A marker before which something stands, another marker too. */
function secondDocument(source: string): number | undefined {
  let seen = false
  for (const { 0: line, index } of source.matchAll(/^.*$/gm)) {
    const isMarker = /^---(?:[ \t\r]|$)/.test(line)
    if (isMarker && seen) return index
    seen ||= isMarker || !/^\s*(?:[#%].*|\.\.\.\s*)?$/.test(line)
  }
  return undefined
}

/** What was written without the quotes or brackets that it needs. */
function unquoted(source: string, position: number): Slip | undefined {
  const { template, quote, last, bracket } = scan(source, lineEnd(source, position))
  if (template !== undefined) return { at: template, message: TEMPLATE }
  if (quote !== undefined) return { at: quote, message: UNCLOSED }
  return (
    (last && quoteFault(source, position, last)) ??
    reserved(source, position) ??
    openBracket(source, position, bracket)
  )
}

const TEMPLATE = 'expected quotes around a value that begins with a template, as in "{{ name }}"'
const UNCLOSED = 'expected a closing quote: the text that begins here has none on its line'
const AFTER_QUOTE = 'expected nothing after the closing quote; inside of double quotes a " is written \\"'
const AFTER_SINGLE = "expected nothing after the closing quote; inside of single quotes a ' is written ''"

/** Of the last quoted text before the position: it goes over lines, or something follows it. */
function quoteFault(source: string, position: number, { start, end }: Span): Slip | undefined {
  if (end < lineStart(source, position)) return undefined
  if (source.slice(start, end).includes('\n')) return { at: start, message: UNCLOSED }
  const rest = source.slice(end, lineEnd(source, end))
  if (end > position + 1 || /^\s*(?:[,:\]}].*|#.*)?$/.test(rest)) return undefined
  return { at: end, message: source.charAt(start) === "'" ? AFTER_SINGLE : AFTER_QUOTE }
}

/** A plain value with a character that only a quoted one may have there. */
function reserved(source: string, position: number): Slip | undefined {
  const before = source.slice(lineStart(source, position), position)
  const character = source.charAt(position)
  if (character === ':' && isIndicator(source, position) && /[^\s{,-].*: /.test(before))
    return { at: position, message: 'expected quotes around a value that holds a colon and a blank' }
  const star = /\*$/.test(before) && /[.*]/.test(character) ? position - 1 : undefined
  const start = /[@`%]/.test(character) ? position : star
  if (start === undefined) return undefined
  return { at: start, message: `expected quotes around a value that begins with ${source.charAt(start)}` }
}

function openBracket(source: string, position: number, bracket: number | undefined): Slip | undefined {
  if (bracket === undefined || bracket >= lineStart(source, position)) return undefined
  const [what, close] = source.charAt(bracket) === '[' ? ['list', ']'] : ['map', '}']
  return { at: bracket, message: `expected a closing ${close} for the ${what} that begins here` }
}
