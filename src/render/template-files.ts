import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readTextFile } from '../inventory/text-file.ts'
import type { Problem } from '../lib/input-error.ts'
import { InputError } from '../lib/input-error.ts'
import { PACKAGE_ROOT } from '../lib/package-root.ts'
import type { Family, PerFamily } from '../model/family.ts'
import { FAMILIES, FAMILY, perFamily } from '../model/family.ts'

export interface TemplateFile {
  readonly file: string
  readonly text: string
}

/** The templates of both families and the partials that they share, by name. */
export interface TemplateFiles {
  readonly rules: PerFamily<TemplateFile>
  readonly partials: ReadonlyMap<string, TemplateFile>
}

const OURS = join(PACKAGE_ROOT, 'templates')

/**
 * Our templates, each replaced by the file of the same name in the user's directory where there is one. The user may
 * add partials. Throws InputError for what is neither, so that a file with a mistyped name is never without effect.
 */
export function readTemplateFiles(directory: string | undefined): TemplateFiles {
  const ours = readDirectory(OURS)
  const theirs = directory === undefined ? new Map<string, TemplateFile>() : readDirectory(directory)
  const files = new Map([...ours, ...theirs])
  return {
    rules: perFamily((family) => pick(files, rulesName(family))),
    partials: new Map(
      [...files].flatMap(([name, file]) => {
        const partial = partialName(name)
        return partial === undefined ? [] : [[partial, file]]
      }),
    ),
  }
}

function rulesName(family: Family): string {
  return `${FAMILY[family].rulesFile}.hbs`
}

function partialName(name: string): string | undefined {
  return /^partials\/([A-Za-z][A-Za-z0-9_-]*)\.hbs$/.exec(name)?.[1]
}

function pick(files: ReadonlyMap<string, TemplateFile>, name: string): TemplateFile {
  const file = files.get(name)
  if (file === undefined) throw new Error(`the template ${name} is missing from ${OURS}`)
  return file
}

function readDirectory(directory: string): Map<string, TemplateFile> {
  const files = new Map<string, TemplateFile>()
  const problems: Problem[] = []
  for (const name of namesIn(directory)) {
    const file = join(directory, name)
    if (isTemplate(name)) files.set(name, { file, text: readTemplate(file) })
    else problems.push({ file, message: `expected ${EXPECTED}; a file of this name would have no effect` })
  }
  if (problems.length > 0) throw new InputError(problems)
  return files
}

const EXPECTED = `${FAMILIES.map(rulesName).join(', ')} or partials/NAME.hbs`

function isTemplate(name: string): boolean {
  return FAMILIES.some((family) => rulesName(family) === name) || partialName(name) !== undefined
}

/** Files of the directory and of the directories in it, sorted; hidden ones are left to whoever hid them. */
function namesIn(directory: string): string[] {
  return visible(directory).flatMap((name) =>
    reading(join(directory, name), () => statSync(join(directory, name))).isDirectory()
      ? visible(join(directory, name)).map((inner) => `${name}/${inner}`)
      : [name],
  )
}

function visible(directory: string): string[] {
  return reading(directory, () => readdirSync(directory))
    .filter((name) => !name.startsWith('.'))
    .sort()
}

/** Control characters in a template would reach every rule; a carriage return before a newline is an editor's habit. */
function readTemplate(file: string): string {
  const text = readTextFile(file).replaceAll('\r\n', '\n')
  const line = text.split('\n').findIndex((content) => /[\u0000-\u0008\u000b-\u001f\u007f]/.test(content))
  if (line >= 0)
    throw new InputError([{ file, line: line + 1, message: 'expected text, found a control character' }])
  return text
}

function reading<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new InputError([{ file, message: `expected templates that can be read: ${reason}` }])
  }
}
