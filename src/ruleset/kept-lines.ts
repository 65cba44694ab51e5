import { diffArrays } from 'diff'

/** The places, before and after, of a line that stays. */
export type Kept = readonly [before: number, after: number]

/**
 * The lines that two lists have in common, in order: as many as there can be where the lists do not differ in too many
 * lines, else nearly as many.
 */
export function keptLines(before: readonly string[], after: readonly string[]): readonly Kept[] {
  const head = countEqual(before, after, (index) => [index, index])
  const most = Math.min(before.length, after.length) - head
  const tail = countEqual(
    before,
    after,
    (index) => [before.length - 1 - index, after.length - 1 - index],
    most,
  )
  const inside = [before, after].map((lines) => lines.slice(head, lines.length - tail))
  const [old = [], fresh = []] = inside
  return [
    ...before.slice(0, head).map((_line, index): Kept => [index, index]),
    ...(shortestWay(old, fresh) ?? byOccurrence(old, fresh)).map(([a, b]): Kept => [a + head, b + head]),
    ...Array.from({ length: tail }, (_, index): Kept => [
      before.length - tail + index,
      after.length - tail + index,
    ]),
  ]
}

/** To find the shortest way takes the longer the more lines differ. */
const MOST_EDITS = 200

function countEqual(
  before: readonly string[],
  after: readonly string[],
  place: (index: number) => Kept,
  most = Math.min(before.length, after.length),
): number {
  for (let index = 0; index < most; index++) {
    const [a, b] = place(index)
    if (before[a] !== after[b]) return index
  }
  return most
}

function shortestWay(before: readonly string[], after: readonly string[]): readonly Kept[] | undefined {
  const parts = diffArrays([...before], [...after], { maxEditLength: MOST_EDITS })
  if (parts === undefined) return undefined
  const kept: Kept[] = []
  let [a, b] = [0, 0]
  for (const { added, removed, count } of parts) {
    if (!added && !removed) for (let index = 0; index < count; index++) kept.push([a + index, b + index])
    if (!added) a += count
    if (!removed) b += count
  }
  return kept
}

/**
 * The longest common order where the first `X` of a list is taken for the first `X` of the other, and so on: of lines
 * that do not stand there twice that is the best there is, and fast.
 */
function byOccurrence(before: readonly string[], after: readonly string[]): readonly Kept[] {
  const places = new Map(occurrences(after).map((key, index) => [key, index]))
  const common = occurrences(before).flatMap((key, index): Kept[] => {
    const place = places.get(key)
    return place === undefined ? [] : [[index, place]]
  })
  return longestRising(common)
}

function occurrences(lines: readonly string[]): readonly string[] {
  const counts = new Map<string, number>()
  return lines.map((line) => {
    const count = (counts.get(line) ?? 0) + 1
    counts.set(line, count)
    return `${count} ${line}`
  })
}

interface Link {
  readonly kept: Kept
  readonly previous: Link | undefined
}

/** Patience sorting: `ends` has the lowest end of a rising sequence of each length. */
function longestRising(pairs: readonly Kept[]): readonly Kept[] {
  const ends: Link[] = []
  for (const kept of pairs) {
    const length = firstAtLeast(ends, kept[1])
    ends[length] = { kept, previous: ends[length - 1] }
  }
  const sequence: Kept[] = []
  for (let link = ends.at(-1); link !== undefined; link = link.previous) sequence.push(link.kept)
  return sequence.reverse()
}

function firstAtLeast(ends: readonly Link[], place: number): number {
  let [low, high] = [0, ends.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ends[middle]?.kept[1] ?? 0) < place) low = middle + 1
    else high = middle
  }
  return low
}
