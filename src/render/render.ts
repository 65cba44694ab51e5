import type { Problem } from '../lib/input-error.ts'
import { InputError } from '../lib/input-error.ts'
import { rememberRecent, rememberSome } from '../lib/recent.ts'
import { withoutComments } from '../lib/without-comments.ts'
import type { Family } from '../model/family.ts'
import { FAMILY, perFamily } from '../model/family.ts'
import type { Host, Wanted } from '../model/host.ts'
import { templateContext } from '../policy/template-context.ts'
import { checkRule } from './check-rule.ts'
import { checkText } from './check-text.ts'
import type { Templates } from './compile.ts'
import { compileTemplates } from './compile.ts'
import type { TextFault } from './line-fault.ts'
import { unmarked } from './printed.ts'
import { withoutRuleComments } from './rule-comments.ts'

export interface Renderer {
  /**
   * The rulesets of a host, the same bytes on every controller. Throws InputError: for faults of the templates
   * themselves the same problems for each host that uses them; for what fails with this host's values, with its name.
   */
  render(host: Host): Wanted
}

/** The rules of all hosts of a run are held in memory. */
const MOST_CHARACTERS = 500_000_000

/** A renderer that reads and compiles each directory of templates once. */
export function createRenderer(): Renderer {
  const compiled = new Map<string | undefined, () => Templates>()
  const templatesIn = (directory: string | undefined): Templates => {
    const known = compiled.get(directory) ?? remembered(() => compileTemplates(directory))
    compiled.set(directory, known)
    return known()
  }
  // Most hosts of a fleet have the rules of another one, and most rules are those of its other hosts
  const readRule = rememberSome(checkRule, 10_000)
  const check = rememberRecent((text) => checkText(text, readRule), 64)
  let total = 0
  return {
    render: (host) => {
      const wanted = renderWith(templatesIn(host.settings.templates), host, check)
      total += wanted.v4.length + wanted.v6.length
      if (total <= MOST_CHARACTERS) return wanted
      const message = `expected rules of at most ${MOST_CHARACTERS} characters for all hosts together, got more; --limit takes fewer hosts`
      throw new InputError([{ file: 'the rendered rules', message }])
    },
  }
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

type Check = (text: string) => readonly TextFault[]

function renderWith(templates: Templates, host: Host, check: Check): Wanted {
  const problems: Problem[] = []
  const wanted = perFamily((family) => {
    try {
      return renderFamily(templates, host, family, check)
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      problems.push(...error.problems)
      return ''
    }
  })
  if (problems.length > 0) throw new InputError(problems.map((problem) => ofHost(problem, host)))
  return wanted
}

function renderFamily(templates: Templates, host: Host, family: Family, check: Check): string {
  const filled = unmarked(templates.fill[family](templateContext(host, family)))
  const text = host.settings.comments === false ? withoutRuleComments(filled) : filled
  const { file } = templates.files[family]
  const faults = check(withoutComments(text)).map(({ line, message }) => ({
    file,
    message: `line ${line} of the rendered ${FAMILY[family].rulesFile}: ${message}`,
  }))
  if (faults.length > 0) throw new InputError(faults)
  return text
}

function ofHost(problem: Problem, host: Host): Problem {
  return { ...problem, message: `${problem.message} (host ${host.name})` }
}
