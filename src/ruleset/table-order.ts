/** Tables are committed, and told of, one after the other: filter, which decides whether we get in, last. */
export function inOrder(tables: ReadonlySet<string>): readonly string[] {
  return [...tables].sort((a, b) => Number(a === 'filter') - Number(b === 'filter') || (a < b ? -1 : 1))
}
