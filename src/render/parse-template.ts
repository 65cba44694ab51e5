import type Handlebars from 'handlebars'
import { InputError } from '../lib/input-error.ts'
import type { Program } from './syntax.ts'
import type { TemplateFile } from './template-files.ts'

/** The syntax tree of a template. Throws InputError with the place of a syntax error. */
export function parseTemplate(engine: typeof Handlebars, { file, text }: TemplateFile): Program {
  try {
    return engine.parse(text, { srcName: file }) as unknown as Program
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause
    throw new InputError([{ file, ...placeOf(cause, text), message: sentence(cause.message) }])
  }
}

/** Handlebars gives some errors numbers; the errors of its grammar carry the place in the message alone. */
function placeOf(error: Error, text: string): { line?: number; column?: number } {
  if ('lineNumber' in error && 'column' in error) {
    return typeof error.lineNumber === 'number' && typeof error.column === 'number'
      ? { line: error.lineNumber, column: error.column + 1 }
      : {}
  }
  const [first = '', excerpt = '', pointer = ''] = error.message.split('\n')
  const line = Number(/on line (\d+)/.exec(first)?.[1])
  if (!Number.isInteger(line)) return {}
  const before = excerpt.slice(0, pointer.indexOf('^')).replace(/^\.\.\./, '')
  return { line, column: columnAfter(before, text.split('\n')[line - 1] ?? '') }
}

/** The column in the line that follows the excerpt, whose beginning may belong to the lines before. */
function columnAfter(excerpt: string, line: string): number {
  for (let end = line.length; end > 0; end--) {
    const start = line.slice(0, end)
    if (start.endsWith(excerpt) || excerpt.endsWith(start)) return end + 1
  }
  return 1
}

function sentence(message: string): string {
  const [first = '', , , expecting] = message.split('\n')
  return `the template cannot be read: ${expecting ?? first.replace(/ - \d+:\d+$/, '')}`
}
