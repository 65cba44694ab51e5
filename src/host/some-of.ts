const MOST = 3

/** `a, b, c and 4 more` */
export function someOf(words: readonly string[]): string {
  const more = words.length - MOST
  return `${words.slice(0, MOST).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
