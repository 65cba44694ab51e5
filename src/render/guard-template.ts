import type { Dynamic } from './lint-names.ts'
import type { Expression, Hash, Literal, PathExpression, Program, Statement } from './syntax.ts'
import { isCall, writtenAs } from './syntax.ts'

/** Helpers that only guarded templates call; no template can name them. */
export const PRINT = '$print'
export const READ = '$read'
export const EACH = '$each'

/**
 * The same template, in which every printed value goes through PRINT, every path into the user's own data through READ
 * and every list of theirs through EACH. Handlebars by itself prints null as nothing, writes `"` as `&quot;`, and takes
 * a name that does not exist for false.
 */
export function guardTemplate(program: Program, dynamic: Dynamic): Program {
  return { ...program, body: program.body.map((statement) => guardStatement(statement, dynamic)) }
}

function guardStatement(statement: Statement, dynamic: Dynamic): Statement {
  switch (statement.type) {
    case 'MustacheStatement': {
      const value: Expression = isCall(statement) ? { ...statement, type: 'SubExpression' } : statement.path
      const params = [guardExpression(value, dynamic), literal(writtenAs(statement.path), value)]
      return { type: 'MustacheStatement', loc: value.loc, path: helper(PRINT, value), params, escaped: false }
    }
    case 'BlockStatement':
      return {
        ...statement,
        params: statement.params.map((subject) => guardSubject(subject, writtenAs(statement.path), dynamic)),
        ...(statement.program && { program: guardTemplate(statement.program, dynamic) }),
        ...(statement.inverse && { inverse: guardTemplate(statement.inverse, dynamic) }),
      }
    case 'PartialStatement':
      return {
        ...statement,
        params: statement.params.map((param) => guardExpression(param, dynamic)),
        ...guardHash(statement.hash, dynamic),
      }
    case 'ContentStatement':
    case 'CommentStatement':
    case 'PartialBlockStatement':
    case 'Decorator':
    case 'DecoratorBlock':
      return statement
  }
}

function guardSubject(subject: Expression, block: string, dynamic: Dynamic): Expression {
  const guarded = guardExpression(subject, dynamic)
  return block === 'each' && guarded.type === 'SubExpression'
    ? call(EACH, subject, [guarded, literal(writtenAs(subject), subject)])
    : guarded
}

function guardExpression(expression: Expression, dynamic: Dynamic): Expression {
  if (expression.type === 'SubExpression') {
    return { ...expression, params: expression.params.map((param) => guardExpression(param, dynamic)) }
  }
  const certain = expression.type === 'PathExpression' ? dynamic.get(expression) : undefined
  if (expression.type !== 'PathExpression' || certain === undefined) return expression
  const base = { ...expression, parts: expression.parts.slice(0, certain) }
  const rest = expression.parts.slice(certain).map((part) => literal(part, expression))
  return call(READ, expression, [base, literal(expression.original, expression), ...rest])
}

function guardHash(hash: Hash | undefined, dynamic: Dynamic): { hash?: Hash } {
  if (hash === undefined) return {}
  const pairs = hash.pairs.map((pair) => ({ ...pair, value: guardExpression(pair.value, dynamic) }))
  return { hash: { ...hash, pairs } }
}

function call(name: string, at: Expression, params: readonly Expression[]): Expression {
  return { type: 'SubExpression', loc: at.loc, path: helper(name, at), params }
}

function helper(name: string, at: Expression): PathExpression {
  return { type: 'PathExpression', loc: at.loc, data: false, depth: 0, parts: [name], original: name }
}

function literal(value: string, at: Expression): Literal {
  return { type: 'StringLiteral', loc: at.loc, value, original: value }
}
