import { relative } from 'node:path'
import type { Host } from '../../model/host.ts'
import { InputError } from '../../lib/input-error.ts'
import { PACKAGE_ROOT } from '../../lib/package-root.ts'
import type { TemplateFile } from '../../render/template-files.ts'
import { readTemplateFiles } from '../../render/template-files.ts'

/** The line of a template that most likely wrote a rule: `templates/partials/log.hbs:4`. */
export function templatePlace({ settings }: Host, rule: string): string | undefined {
  const found = filesOf(settings.templates)
    .flatMap(({ file, text }) =>
      text.split('\n').map((line, index) => ({ file, line: line.trim(), at: index + 1 })),
    )
    .filter(({ line }) => line.startsWith('-A ') && patternOf(line).test(rule))
    .toSorted((a, b) => literalLength(b.line) - literalLength(a.line))[0]
  if (found === undefined) return undefined
  const isOurs = found.file.startsWith(PACKAGE_ROOT)
  return `${isOurs ? relative(PACKAGE_ROOT, found.file) : found.file}:${found.at}`
}

function filesOf(directory: string | undefined): readonly TemplateFile[] {
  try {
    const { rules, partials } = readTemplateFiles(directory)
    return [...Object.values(rules), ...partials.values()]
  } catch (error) {
    // They were changed since the rules were rendered.
    if (error instanceof InputError) return []
    throw error
  }
}

const VALUE = /\{\{.*?\}\}/g

function patternOf(line: string): RegExp {
  const literals = line.split(VALUE).map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
  return new RegExp(`^${literals.join('.*')}$`)
}

function literalLength(line: string): number {
  return line.replaceAll(VALUE, '').length
}
