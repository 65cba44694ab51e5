import type { Place } from './problem-at.ts'

/**
 * The syntax tree of a template, as Handlebars' parser makes it: its own types leave out what may be absent, and do
 * not tell the nodes apart.
 */
export interface Program extends Node<'Program'> {
  readonly body: readonly Statement[]
  readonly blockParams?: readonly string[]
}

export type Statement = Mustache | Block | Partial | Verbatim | Inline

export interface Mustache extends Node<'MustacheStatement'> {
  readonly path: Expression
  readonly params: readonly Expression[]
  readonly hash?: Hash
  readonly escaped: boolean
}

export interface Block extends Node<'BlockStatement'> {
  readonly path: PathExpression
  readonly params: readonly Expression[]
  readonly hash?: Hash
  readonly program?: Program
  readonly inverse?: Program
}

export interface Partial extends Node<'PartialStatement'> {
  readonly name: Expression
  readonly params: readonly Expression[]
  readonly hash?: Hash
}

export type Verbatim = Node<'ContentStatement' | 'CommentStatement'>

/** Templates inside of templates. */
export type Inline = Node<'PartialBlockStatement' | 'Decorator' | 'DecoratorBlock'>

export type Expression = PathExpression | SubExpression | Literal

export interface PathExpression extends Node<'PathExpression'> {
  readonly data: boolean
  readonly depth: number
  readonly parts: readonly string[]
  readonly original: string
}

export interface SubExpression extends Node<'SubExpression'> {
  readonly path: Expression
  readonly params: readonly Expression[]
  readonly hash?: Hash
}

export interface Literal extends Node<
  'StringLiteral' | 'NumberLiteral' | 'BooleanLiteral' | 'UndefinedLiteral' | 'NullLiteral'
> {
  readonly value?: string | number | boolean
  readonly original?: string | number | boolean
}

export interface Hash extends Node<'Hash'> {
  readonly pairs: readonly HashPair[]
}

export interface HashPair extends Node<'HashPair'> {
  readonly key: string
  readonly value: Expression
}

/** How the template writes it, for messages. */
export function writtenAs(expression: Expression): string {
  switch (expression.type) {
    case 'PathExpression':
      return expression.original
    case 'SubExpression':
      return `(${writtenAs(expression.path)} …)`
    case 'StringLiteral':
    case 'NumberLiteral':
    case 'BooleanLiteral':
    case 'UndefinedLiteral':
    case 'NullLiteral':
      return JSON.stringify(expression.value ?? null)
  }
}

/** Whether it has arguments, so that its name is a helper's. */
export function isCall(mustache: Mustache): boolean {
  return mustache.params.length > 0 || mustache.hash !== undefined
}

/** `this.x` and `./x`, which never mean a name given by `as |x|`. The pattern is Handlebars' own. */
export function isScoped(path: PathExpression): boolean {
  return /^\.|this\b/.test(path.original)
}

interface Node<Type extends string> {
  readonly type: Type
  readonly loc: Place
}
