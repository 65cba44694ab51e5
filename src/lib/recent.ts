/** Longer texts are rare, and would keep much memory. */
const MOST_CHARACTERS = 100_000

/**
 * The same function, which knows its last `most` answers: most hosts of a fleet have the texts of its other hosts. What is
 * thrown is not remembered. Nobody may change an answer.
 */
export function rememberRecent<T extends object>(
  compute: (text: string) => T,
  most: number,
): (text: string) => T {
  const known = new Map<string, T>()
  return (text) => {
    if (text.length > MOST_CHARACTERS) return compute(text)
    const answer = known.get(text) ?? compute(text)
    known.delete(text)
    known.set(text, answer)
    const [oldest] = known.keys()
    if (known.size > most && oldest !== undefined) known.delete(oldest)
    return answer
  }
}

/** The same function, which knows the first `most` of its answers, of any length. What is thrown is not remembered. */
export function rememberSome<T extends object | string>(
  compute: (text: string) => T,
  most: number,
): (text: string) => T {
  const known = new Map<string, T>()
  return (text) => {
    const answer = known.get(text) ?? compute(text)
    if (known.size < most) known.set(text, answer)
    return answer
  }
}

/** The same function, which knows its answer for each object that is still there. Nobody may change either. */
export function rememberFor<K extends object, T extends object | string>(
  compute: (key: K) => T,
): (key: K) => T {
  const known = new WeakMap<K, T>()
  return (key) => {
    const answer = known.get(key) ?? compute(key)
    known.set(key, answer)
    return answer
  }
}
