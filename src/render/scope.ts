import type { Shape } from '../policy/shape.ts'

/** What the names of a template mean at one place in it. */
export interface Scope {
  /** The contexts, the innermost last: `../x` is looked up in the one before. */
  readonly contexts: readonly Shape[]
  /** Names given by `as |name|`. */
  readonly named: ReadonlyMap<string, Shape>
  readonly root: Shape
  readonly inEach: boolean
  /** The partials that led here, so that one which includes itself is seen. */
  readonly partials: readonly string[]
}

export function rootScope(root: Shape): Scope {
  return { contexts: [root], named: new Map(), root, inEach: false, partials: [] }
}

/** Inside `#each` and `#with`. */
export function entered(
  scope: Scope,
  context: Shape,
  names: ReadonlyMap<string, Shape>,
  each: boolean,
): Scope {
  return {
    ...scope,
    contexts: [...scope.contexts, context],
    named: new Map([...scope.named, ...names]),
    inEach: scope.inEach || each,
  }
}

/** Inside a partial, which sees what it was given and nothing around it. */
export function inPartial(scope: Scope, name: string, context: Shape): Scope {
  return { ...scope, contexts: [context], named: new Map(), partials: [...scope.partials, name] }
}
