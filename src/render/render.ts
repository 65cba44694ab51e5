import type { Problem } from '../lib/input-error.ts'
import { InputError } from '../lib/input-error.ts'
import type { Family } from '../model/family.ts'
import { FAMILY, perFamily } from '../model/family.ts'
import type { Host, Wanted } from '../model/host.ts'
import { templateContext } from '../policy/template-context.ts'
import { checkText } from './check-text.ts'
import type { Templates } from './compile.ts'
import { compileTemplates } from './compile.ts'
import { unmarked } from './printed.ts'

export interface Renderer {
  /**
   * The rulesets of a host, the same bytes on every controller. Throws InputError: for faults of the templates
   * themselves the same problems for each host that uses them; for what fails with this host's values, with its name.
   */
  render(host: Host): Wanted
}

/** A renderer that reads and compiles each directory of templates once. */
export function createRenderer(): Renderer {
  const compiled = new Map<string | undefined, () => Templates>()
  const templatesIn = (directory: string | undefined): Templates => {
    const known = compiled.get(directory) ?? remembered(() => compileTemplates(directory))
    compiled.set(directory, known)
    return known()
  }
  return { render: (host) => renderWith(templatesIn(host.settings.templates), host) }
}

/** The outcome of the first call, value or error, for every call. */
function remembered<T>(compute: () => T): () => T {
  try {
    const value = compute()
    return () => value
  } catch (error) {
    return () => {
      throw error
    }
  }
}

function renderWith(templates: Templates, host: Host): Wanted {
  const problems: Problem[] = []
  const wanted = perFamily((family) => {
    try {
      return renderFamily(templates, host, family)
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      problems.push(...error.problems)
      return ''
    }
  })
  if (problems.length > 0) throw new InputError(problems.map((problem) => ofHost(problem, host)))
  return wanted
}

function renderFamily(templates: Templates, host: Host, family: Family): string {
  const text = unmarked(templates.fill[family](templateContext(host, family)))
  const { file } = templates.files[family]
  const faults = checkText(text).map(({ line, message }) => ({
    file,
    message: `line ${line} of the rendered ${FAMILY[family].rulesFile}: ${message}`,
  }))
  if (faults.length > 0) throw new InputError(faults)
  return text
}

function ofHost(problem: Problem, host: Host): Problem {
  return { ...problem, message: `${problem.message} (host ${host.name})` }
}
