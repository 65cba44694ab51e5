/** A fault in the form of a rendered text: the 1-based line of that text, and a sentence. */
export interface TextFault {
  readonly line: number
  readonly message: string
}

/** What is wrong with one line: what was expected there, and what was found. */
export class LineFault extends Error {
  constructor(expected: string, found?: string) {
    super(`expected ${expected}${found === undefined ? '' : `, got ${shown(found)}`}`)
    this.name = 'LineFault'
  }
}

function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)
}
