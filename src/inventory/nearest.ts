/** Nobody mistypes a longer name, and comparing takes the product of the lengths. */
const LONGEST = 64

/** The name that was most likely meant, for "did you mean"; absent where none is close. */
export function nearest(
  text: string,
  names: Iterable<string>,
  most = Math.max(1, Math.floor(text.length / 3)),
): string | undefined {
  if (text.length > LONGEST) return undefined
  let best: { name: string; distance: number } | undefined
  for (const name of names) {
    if (Math.abs(name.length - text.length) > most) continue
    const distance = editDistance(text.toLowerCase(), name.toLowerCase())
    if (distance <= most && distance < (best?.distance ?? Infinity)) best = { name, distance }
  }
  return best?.name
}

/** `; did you mean "imaps"?`, or nothing. */
export function suggestion(text: string, names: Iterable<string>): string {
  const name = nearest(text, names)
  return name === undefined ? '' : `; did you mean "${name}"?`
}

/** Levenshtein's, with swapped neighbours as one edit. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1]
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row[j] = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (isSame ? 0 : 1),
        isSwap ? (beforeLast[j - 2] ?? 0) + 1 : Infinity,
      )
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}
