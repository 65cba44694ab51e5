import type { Shape } from '../policy/shape.ts'
import { text } from '../policy/shape.ts'
import { listed } from './problem-at.ts'
import type { Scope } from './scope.ts'
import type { PathExpression } from './syntax.ts'
import { isScoped } from './syntax.ts'

type Found = Known | { readonly problem: string }

interface Known {
  readonly shape: Shape
  /** How many parts of the path are sure to exist; the user's own data begin behind them. */
  readonly certain: number
}

/** What a path stands for, or why it stands for nothing. */
export function lookUp(path: PathExpression, scope: Scope): Found {
  if (path.data) return lookUpData(path, scope)
  const [first = '', ...rest] = path.parts
  const named = path.depth === 0 && !isScoped(path) ? scope.named.get(first) : undefined
  if (named !== undefined) return follow(named, rest, 1)
  const context = scope.contexts[scope.contexts.length - 1 - path.depth]
  return context === undefined
    ? { problem: 'expected fewer ../, found one that leads out of the template' }
    : follow(context, path.parts, 0)
}

const EACH_DATA = ['index', 'key', 'first', 'last']

function lookUpData({ parts: [name = '', ...rest] }: PathExpression, scope: Scope): Found {
  if (name === 'root') return follow(scope.root, rest, 1)
  if (scope.inEach && EACH_DATA.includes(name) && rest.length === 0)
    return { shape: text('of #each'), certain: 1 }
  return { problem: `expected @root or, inside #each, @${EACH_DATA.join(', @')}` }
}

function follow(shape: Shape, parts: readonly string[], certain: number): Found {
  const [part, ...rest] = parts
  if (part === undefined || shape.kind === 'any') return { shape, certain }
  if (shape.kind === 'list' && /^\d+$/.test(part)) return follow(shape.of, rest, certain + 1)
  if (shape.kind === 'list' && part === 'length') return follow(text('how many'), rest, certain + 1)
  const names = shape.kind === 'map' ? shape.names : {}
  const next = Object.hasOwn(names, part) ? names[part] : undefined
  return next === undefined
    ? { problem: `expected a name that exists, found "${part}"; ${there(shape)}` }
    : follow(next, rest, certain + 1)
}

function there(shape: Shape): string {
  switch (shape.kind) {
    case 'map':
      return `here are ${listed(Object.keys(shape.names))}`
    case 'list':
      return 'here is a list: use #each'
    case 'text':
    case 'any':
      return 'here is text'
  }
}
