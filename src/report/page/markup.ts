/** Text that is HTML already: what `html` made. */
export interface Markup {
  readonly markup: string
}

export type Part = string | number | Markup | undefined | readonly Part[]

/** HTML from a literal. What is put into it is text, unless it is Markup; lists stand one after the other, `undefined` is nothing. */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { markup: literals.map((literal, index) => literal + written(parts[index])).join('') }
}

/** For a text of our own, such as the page's script: it is taken as it is. */
export function verbatim(text: string): Markup {
  return { markup: text }
}

function written(part: Part): string {
  if (part === undefined) return ''
  if (typeof part === 'number') return String(part)
  if (typeof part === 'string') return part.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
  return 'markup' in part ? part.markup : part.map(written).join('')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
