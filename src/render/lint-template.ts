import type { Problem } from '../lib/input-error.ts'
import type { Shape } from '../policy/shape.ts'
import { BLOCKS } from './helpers.ts'
import type { Dynamic } from './lint-names.ts'
import { ANY, LintNames, TEXT } from './lint-names.ts'
import { listed } from './problem-at.ts'
import type { Scope } from './scope.ts'
import { entered, inPartial, rootScope } from './scope.ts'
import type { Block, Partial, Program, Statement } from './syntax.ts'
import { writtenAs } from './syntax.ts'

export interface Linted {
  readonly problems: readonly Problem[]
  readonly dynamic: Dynamic
}

/**
 * Checks every name in a template and in the partials that it includes, whether a host will take their branches or
 * not, against what the template will be given.
 */
export function lintTemplate(
  template: Program,
  partials: ReadonlyMap<string, Program>,
  context: Shape,
): Linted {
  const names = new LintNames()
  lintProgram(template, rootScope(context), { names, partials })
  return names
}

interface Lint {
  readonly names: LintNames
  readonly partials: ReadonlyMap<string, Program>
}

function lintProgram(program: Program | undefined, scope: Scope, lint: Lint): void {
  for (const statement of program?.body ?? []) lintStatement(statement, scope, lint)
}

function lintStatement(statement: Statement, scope: Scope, lint: Lint): void {
  switch (statement.type) {
    case 'ContentStatement':
    case 'CommentStatement':
      return
    case 'MustacheStatement':
      lint.names.mustache(statement, scope)
      return
    case 'BlockStatement':
      lintBlock(statement, scope, lint)
      return
    case 'PartialStatement':
      lintPartial(statement, scope, lint)
      return
    case 'PartialBlockStatement':
    case 'Decorator':
    case 'DecoratorBlock':
      lint.names.problem(
        statement.loc,
        '>',
        'expected a partial from a file in partials/, found an inline one',
      )
  }
}

function lintBlock(block: Block, scope: Scope, lint: Lint): void {
  const name = writtenAs(block.path)
  const [subject, ...more] = block.params
  if (!Object.hasOwn(BLOCKS, name) || subject === undefined || more.length > 0 || block.hash !== undefined) {
    lint.names.problem(block.loc, name, `expected #${Object.keys(BLOCKS).join(', #')}, with one value`)
    return
  }
  const given = lint.names.expression(subject, scope)
  if (name === 'each' && given.kind === 'text') {
    lint.names.problem(subject.loc, writtenAs(subject), 'expected a list, found text')
  }
  lintProgram(block.program, innerScope(block, name, given, scope), lint)
  lintProgram(block.inverse, scope, lint)
}

function innerScope(block: Block, name: string, given: Shape, scope: Scope): Scope {
  if (name === 'if' || name === 'unless') return scope
  const each = name === 'each'
  const item = given.kind === 'list' ? given.of : ANY
  const context = each ? item : given
  const [first, second] = block.program?.blockParams ?? []
  const names = new Map<string, Shape>()
  if (first !== undefined) names.set(first, context)
  if (second !== undefined) names.set(second, TEXT)
  return entered(scope, context, names, each)
}

function lintPartial(partial: Partial, scope: Scope, lint: Lint): void {
  const context = partialContext(partial, scope, lint)
  const name = writtenAs(partial.name)
  const program = lint.partials.get(name)
  if (program === undefined) {
    const known = listed([...lint.partials.keys()].sort())
    lint.names.problem(partial.loc, name, `expected the name of a partial: ${known}`)
  } else if (scope.partials.includes(name)) {
    lint.names.problem(partial.loc, name, 'expected a partial that does not include itself')
  } else {
    lintProgram(program, inPartial(scope, name, context), lint)
  }
}

function partialContext(partial: Partial, scope: Scope, lint: Lint): Shape {
  const [subject] = partial.params
  const base = subject === undefined ? scope.contexts.at(-1) : lint.names.expression(subject, scope)
  const given = lint.names.hash(partial.hash, scope)
  if (base === undefined || base.kind === 'any') return ANY
  if (Object.keys(given).length === 0) return base
  const names = base.kind === 'map' ? { ...base.names, ...given } : given
  return { kind: 'map', means: 'a partial', names }
}
