/** A quoted text, its quotes included. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** What stands before an offset, as far as one can tell of a text that is no YAML. */
export interface Scanned {
  /** Where the first value begins that is a template without quotes. */
  readonly template: number | undefined
  /** Where a quote was opened that is still open. */
  readonly quote: number | undefined
  /** The last quoted text that was closed. */
  readonly last: Span | undefined
  /** Where the innermost list or map in brackets was opened that is still open. */
  readonly bracket: number | undefined
}

/** Reads no more of YAML than comments, quotes, brackets, and where a value may begin. */
export function scan(source: string, end: number): Scanned {
  let template: number | undefined
  let last: Span | undefined
  const brackets: number[] = []
  let mayBegin = true
  for (let at = 0; at < end; at += 1) {
    const character = source.charAt(at)
    if (mayBegin && (character === '"' || character === "'")) {
      const close = closingQuote(source, at)
      if (close >= end) return { template, quote: at, last, bracket: brackets.at(-1) }
      last = { start: at, end: close + 1 }
      at = close
      mayBegin = false
    } else if (character === '#' && isBlank(source.charAt(at - 1))) {
      at = lineEnd(source, at) - 1
    } else {
      if (mayBegin && /^\{[{%]/.test(source.slice(at, at + 2))) template ??= at
      if (/[[{]/.test(character) && (mayBegin || brackets.length > 0)) brackets.push(at)
      if (/[\]}]/.test(character)) brackets.pop()
      if (!/[ \t\r]/.test(character)) mayBegin = /[\n,[{]/.test(character) || isIndicator(source, at)
    }
  }
  return { template, quote: undefined, last, bracket: brackets.at(-1) }
}

/** A colon, dash or question mark with a blank after it. */
export function isIndicator(source: string, at: number): boolean {
  return /[:?-]/.test(source.charAt(at)) && isBlank(source.charAt(at + 1))
}

export function lineStart(source: string, at: number): number {
  return source.lastIndexOf('\n', at - 1) + 1
}

export function lineEnd(source: string, at: number): number {
  const end = source.indexOf('\n', at)
  return end === -1 ? source.length : end
}

/** Also before the first and behind the last character. */
function isBlank(character: string): boolean {
  return /^\s?$/.test(character)
}

function closingQuote(source: string, start: number): number {
  const quote = source.charAt(start)
  for (let at = start + 1; at < source.length; at += 1) {
    const character = source.charAt(at)
    if (quote === '"' && character === '\\') at += 1
    else if (character === quote) {
      if (quote === '"' || source.charAt(at + 1) !== quote) return at
      at += 1
    }
  }
  return source.length
}
