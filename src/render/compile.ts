import type { Problem } from '../lib/input-error.ts'
import { InputError } from '../lib/input-error.ts'
import type { PerFamily } from '../model/family.ts'
import { FAMILIES, perFamily } from '../model/family.ts'
import { CONTEXT } from '../policy/context-names.ts'
import type { TemplateContext } from '../policy/template-context.ts'
import type { Engine } from './engine.ts'
import { COMPILE, createEngine } from './engine.ts'
import { guardTemplate } from './guard-template.ts'
import type { Dynamic } from './lint-names.ts'
import { lintTemplate } from './lint-template.ts'
import { parseTemplate } from './parse-template.ts'
import type { Program } from './syntax.ts'
import type { TemplateFile, TemplateFiles } from './template-files.ts'
import { readTemplateFiles } from './template-files.ts'

/** The templates of one directory, ready to be filled. */
export interface Templates {
  readonly files: PerFamily<TemplateFile>
  readonly fill: PerFamily<(context: TemplateContext) => string>
}

/** Reads, checks and compiles our templates with the user's over them. Throws InputError with every fault in them. */
export function compileTemplates(directory: string | undefined): Templates {
  const files = readTemplateFiles(directory)
  const engine = createEngine()
  const { rules, partials } = parseAll(engine, files)
  const linted = perFamily((family) => lintTemplate(rules[family], partials, CONTEXT))
  failWith(FAMILIES.flatMap((family) => linted[family].problems))
  const dynamic = merge(FAMILIES.map((family) => linted[family].dynamic))
  for (const [name, program] of partials) engine.registerPartial(name, compile(engine, program, dynamic))
  return { files: files.rules, fill: perFamily((family) => compile(engine, rules[family], dynamic)) }
}

interface Parsed {
  readonly rules: PerFamily<Program>
  readonly partials: ReadonlyMap<string, Program>
}

function parseAll(engine: Engine, files: TemplateFiles): Parsed {
  const parse = (file: TemplateFile): Program => parseTemplate(engine, file)
  return {
    rules: perFamily((family) => parse(files.rules[family])),
    partials: new Map([...files.partials].map(([name, file]) => [name, parse(file)])),
  }
}

/** The same fault may be met on the way of either family. */
function failWith(problems: readonly Problem[]): void {
  const distinct = new Map(problems.map((problem) => [JSON.stringify(problem), problem]))
  if (distinct.size > 0) throw new InputError([...distinct.values()])
}

/** A partial is compiled once: what is uncertain for one family is asked for both. */
function merge(all: readonly Dynamic[]): Dynamic {
  const merged = new Map(all[0])
  for (const dynamic of all) {
    for (const [path, certain] of dynamic) merged.set(path, Math.min(certain, merged.get(path) ?? certain))
  }
  return merged
}

function compile(engine: Engine, program: Program, dynamic: Dynamic): (context: TemplateContext) => string {
  return engine.compile<TemplateContext>(guardTemplate(program, dynamic), COMPILE)
}
