/** As it is printed, and whether it is of another program. */
interface Rule {
  readonly text: string
  readonly foreign: boolean
}

/** How our rules come to stand among those of other programs in a chain. */
export interface Places {
  /** For each rule of another program, in the order that they have now: how many of ours shall stand before it. */
  readonly oursBefore: readonly number[]
  /** Rules of ours that stood on the other side of one that another program has moved since, as they are printed. */
  readonly unplaced: readonly string[]
}

export interface Chains {
  readonly now: readonly Rule[]
  /** The chain as it was. */
  readonly then: readonly Rule[]
  /** Ours, as they shall be. */
  readonly ours: readonly string[]
}

/**
 * Our rules in their old order around those of other programs, which stay in the order that their owners gave them:
 * what was there then, as often as now, has its old place; what is new stays where it is. The same as host.sh does.
 */
export function placesAround({ now, then, ours }: Chains): Places {
  const stood = placesOf(then)
  const stands = placesOf(now)
  const oursNow = now.filter((rule) => !rule.foreign).length
  const seen = new Map<string, number>()
  const wished = now
    .filter((rule) => rule.foreign)
    .map(({ text }) => {
      const nth = seen.get(text) ?? 0
      seen.set(text, nth + 1)
      const isAsOften = stood.get(text)?.length === stands.get(text)?.length
      const before = stands.get(text)?.[nth] ?? 0
      const isLast = before > 0 && before === oursNow
      const stays = isLast ? ours.length : Math.min(before, ours.length)
      const place = isAsOften ? Math.min(stood.get(text)?.[nth] ?? 0, ours.length) : stays
      return { place, isHeld: isAsOften }
    })
  const oursBefore = inOneOrder(wished)
  const moved = wished.flatMap(({ place, isHeld }, index) => {
    const got = oursBefore[index] ?? 0
    return isHeld ? ours.slice(Math.min(place, got), Math.max(place, got)) : []
  })
  return { oursBefore, unplaced: [...new Set(moved)] }
}

/** How many rules of ours stand before each rule of another program, by its words. */
function placesOf(chain: Chains['then']): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>()
  let ours = 0
  for (const { text, foreign } of chain) {
    if (!foreign) ours += 1
    else places.set(text, [...(places.get(text) ?? []), ours])
  }
  return places
}

/** Places that never go back: a later rule of theirs that has its old place goes before the wish of an earlier one. */
function inOneOrder(wished: readonly { readonly place: number; readonly isHeld: boolean }[]): number[] {
  let most = Infinity
  const limited = wished
    .toReversed()
    .map(({ place, isHeld }) => {
      const limitedPlace = Math.min(place, most)
      if (isHeld) most = limitedPlace
      return limitedPlace
    })
    .toReversed()
  let least = 0
  return limited.map((place) => (least = Math.max(least, place)))
}

/** One of ours, or one of theirs by its number among them. */
export type Placed = { readonly ours: number } | { readonly theirs: number }

/** Both in the order that a chain then has. */
export function inPlace(oursBefore: readonly number[], count: number): readonly Placed[] {
  const ours = Array.from({ length: count }, (_, index) => ({ ours: index, at: index + 0.5 }))
  const theirs = oursBefore.map((at, index) => ({ theirs: index, at }))
  return [...theirs, ...ours].sort((a, b) => a.at - b.at)
}
