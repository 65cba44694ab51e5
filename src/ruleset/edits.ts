import type { Kept } from './kept-lines.ts'
import { keptLines } from './kept-lines.ts'

/** Whose doing it is that something is not as wanted: somebody changed the host, or something else is wanted than was confirmed. */
export type Doer = 'host' | 'wanted'

/** A line that goes, or comes. */
export interface Edit {
  readonly sign: '-' | '+'
  readonly line: string
  readonly by: Doer
}

export interface Versions {
  readonly before: readonly string[]
  readonly after: readonly string[]
  /** As they were confirmed; absent where nothing was. */
  readonly confirmed: readonly string[] | undefined
}

/**
 * How lines become others, in their order; a line that moves goes and comes. Each edit is the doing of whom the confirmed
 * lines tell: where they have a line as often as `after` the host had added or lost it, where as often as `before` it is
 * newly wanted or no longer. Of a line that moves both edits have one doer.
 */
export function editsOf(versions: Versions): readonly Edit[] {
  const { before, after } = versions
  const kept = keptLines(before, after)
  const signed = signedLines(before, after, kept)
  const doers = doersOf(signed, versions, kept)
  return signed.map(({ sign, line }, index) => ({ sign, line, by: doers[index] ?? 'host' }))
}

interface SignedLine {
  readonly sign: '-' | '+'
  readonly line: string
  /** How many of the kept lines stand before it. */
  readonly keptBefore: number
}

function signedLines(
  before: readonly string[],
  after: readonly string[],
  kept: readonly Kept[],
): readonly SignedLine[] {
  const ends: readonly Kept[] = [...kept, [before.length, after.length]]
  return ends.flatMap(([oldEnd, newEnd], keptBefore) => {
    const [oldStart, newStart] = keptBefore === 0 ? [-1, -1] : (kept[keptBefore - 1] ?? [-1, -1])
    return [
      ...before.slice(oldStart + 1, oldEnd).map((line): SignedLine => ({ sign: '-', line, keptBefore })),
      ...after.slice(newStart + 1, newEnd).map((line): SignedLine => ({ sign: '+', line, keptBefore })),
    ]
  })
}

function doersOf(
  signed: readonly SignedLine[],
  { before, after, confirmed }: Versions,
  kept: readonly Kept[],
): readonly Doer[] {
  if (confirmed === undefined || isSame(confirmed, before)) return signed.map(() => 'wanted')
  if (isSame(confirmed, after)) return signed.map(() => 'host')
  const judge = new Judge(confirmed, before, kept)
  const doers: Doer[] = []
  for (const [line, { '-': gone, '+': come }] of placesByLine(signed)) {
    const moves = Math.min(gone.length, come.length)
    for (let index = 0; index < moves; index++) {
      const [from, to] = [gone[index] ?? 0, come[index] ?? 0]
      doers[from] = doers[to] = judge.mover(line, signed[from]?.keptBefore ?? 0, signed[to]?.keptBefore ?? 0)
    }
    const rest = [...gone.slice(moves), ...come.slice(moves)]
    const byHost = judge.byHost(line, gone.length > come.length)
    for (const [index, place] of rest.entries()) doers[place] = index < byHost ? 'host' : 'wanted'
  }
  return doers
}

type Places = Record<'-' | '+', number[]>

/** Where in a list of signed lines each line stands, by its sign. */
function placesByLine(signed: readonly SignedLine[]): ReadonlyMap<string, Readonly<Places>> {
  const places = new Map<string, Places>()
  for (const [index, { sign, line }] of signed.entries()) {
    const found = places.get(line) ?? { '-': [], '+': [] }
    found[sign].push(index)
    places.set(line, found)
  }
  return places
}

/** Asks the confirmed lines who did something. */
class Judge {
  readonly #confirmed: ReadonlyMap<string, readonly number[]>
  readonly #before: ReadonlyMap<string, readonly number[]>
  /** Where each kept line was confirmed, if it was once. */
  readonly #keptPlaces: readonly (number | undefined)[]

  constructor(confirmed: readonly string[], before: readonly string[], kept: readonly Kept[]) {
    this.#confirmed = indexOf(confirmed)
    this.#before = indexOf(before)
    this.#keptPlaces = kept.map(([place]) => this.#placeOf(before[place] ?? ''))
  }

  /** How many of the lines that only go, or only come, are so because of the host. */
  byHost(line: string, goes: boolean): number {
    const difference = (this.#before.get(line)?.length ?? 0) - (this.#confirmed.get(line)?.length ?? 0)
    return goes ? difference : -difference
  }

  /**
   * Who moved a line past the kept lines between its two places: most of them tell, by whether it was confirmed on the
   * side where it is, or on that where it is wanted.
   */
  mover(line: string, from: number, to: number): Doer {
    const place = this.#placeOf(line)
    const passed = this.#keptPlaces.slice(Math.min(from, to), Math.max(from, to))
    let votes = 0
    for (const other of place === undefined ? [] : passed) {
      if (other === undefined || place === undefined) continue
      // Going down, it stands before those that it passes.
      votes += place < other === from < to ? 1 : -1
    }
    return votes > 0 ? 'wanted' : 'host'
  }

  #placeOf(line: string): number | undefined {
    const places = this.#confirmed.get(line) ?? []
    return places.length === 1 ? places[0] : undefined
  }
}

function indexOf(lines: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>()
  for (const [index, line] of lines.entries()) {
    const found = places.get(line)
    if (found) found.push(index)
    else places.set(line, [index])
  }
  return places
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index])
}
