/** The same computation, made once for each pair of the same two objects. */
export function memoized<A extends object, B extends object, T>(make: (a: A, b: B) => T): (a: A, b: B) => T {
  const known = new WeakMap<A, WeakMap<B, { readonly value: T }>>()
  return (a, b) => {
    const inner = known.get(a) ?? new WeakMap<B, { readonly value: T }>()
    known.set(a, inner)
    const entry = inner.get(b) ?? { value: make(a, b) }
    inner.set(b, entry)
    return entry.value
  }
}
