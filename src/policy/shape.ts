/** What a name in a template stands for, for checking a template without a host and for the reference in the README. */
export type Shape = TextShape | ListShape | MapShape | AnyShape

interface TextShape {
  readonly kind: 'text'
  readonly means: string
}

interface ListShape {
  readonly kind: 'list'
  readonly means: string
  readonly of: Shape
}

export interface MapShape {
  readonly kind: 'map'
  readonly means: string
  readonly names: Readonly<Record<string, Shape>>
}

/** The user's own data: what is in it is known only when a host is rendered. */
interface AnyShape {
  readonly kind: 'any'
  readonly means: string
}

/** The shape that describes a type: the compiler keeps the two equal, name by name. */
export type ShapeOf<T> = unknown extends T
  ? AnyShape
  : NonNullable<T> extends string | number | boolean
    ? TextShape
    : NonNullable<T> extends readonly (infer Item)[]
      ? ListShape & { readonly of: ShapeOf<Item> }
      : string extends keyof T
        ? AnyShape
        : MapShape & {
            readonly names: { readonly [Name in keyof NonNullable<T>]: ShapeOf<NonNullable<T>[Name]> }
          }

export function text(means: string): TextShape {
  return { kind: 'text', means }
}

export function any(means: string): AnyShape {
  return { kind: 'any', means }
}

export function list<S extends Shape>(means: string, of: S): ListShape & { readonly of: S } {
  return { kind: 'list', means, of }
}

export function map<N extends Readonly<Record<string, Shape>>>(
  means: string,
  names: N,
): MapShape & { readonly names: N } {
  return { kind: 'map', means, names }
}
