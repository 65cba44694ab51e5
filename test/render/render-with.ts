import { InputError } from '../../src/lib/input-error.ts'
import { createRenderer } from '../../src/render/render.ts'
import type { HostCase } from './make-host.ts'
import { makeHost } from './make-host.ts'
import { templateDirectory } from './template-directory.ts'

/** The lines that a template of one's own, put into an otherwise empty table filter, renders in IPv4. */
export function renderLines(
  template: string,
  host: HostCase = {},
  partials: Readonly<Record<string, string>> = {},
): string[] {
  const text = renderFiles({ 'rules.v4.hbs': inFilter(template), ...partials }, host)
  return text.slice(BEFORE.length, -AFTER.length).split('\n')
}

/** The IPv4 text of a host whose own directory of templates holds these files. */
export function renderFiles(files: Readonly<Record<string, string>>, host: HostCase = {}): string {
  return createRenderer().render(makeHost({ ...host, templates: templateDirectory(files) })).v4
}

/** What a template is refused with; its file as the part of the path behind the directory. */
export function faultsOf(
  template: string,
  host: HostCase = {},
  partials: Readonly<Record<string, string>> = {},
): string[] {
  try {
    renderLines(template, host, partials)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return error.message.split('\n').map((line) => line.replace(/^\S*?templates-\w+\//, ''))
  }
  throw new Error('the template was not refused')
}

const BEFORE = '*filter\n:INPUT DROP [0:0]\n'
const AFTER = '\nCOMMIT\n'

function inFilter(template: string): string {
  return `${BEFORE}${template}${AFTER}`
}
