import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keptLines } from '../../src/ruleset/kept-lines.ts'

const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 12 })

/** How many lines two lists have in common at the most, by the textbook. */
function mostInCommon(before: readonly string[], after: readonly string[]): number {
  let row = new Array<number>(after.length + 1).fill(0)
  for (const line of before) {
    const next = [0]
    for (const [index, other] of after.entries()) {
      const best = Math.max(row[index + 1] ?? 0, next[index] ?? 0)
      next.push(line === other ? (row[index] ?? 0) + 1 : best)
    }
    row = next
  }
  return row.at(-1) ?? 0
}

describe('the lines that two lists keep', () => {
  it('are as many as there can be, and the same and in order in both', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const kept = keptLines(before, after)
        expect(kept).toHaveLength(mostInCommon(before, after))
        for (const [index, [a, b]] of kept.entries()) {
          expect(before[a]).toBe(after[b])
          const [previousA, previousB] = kept[index - 1] ?? [-1, -1]
          expect(a > previousA && b > previousB).toBe(true)
        }
      }),
    )
  })

  it.each([
    ['none stays', 0],
    ['every other stays', 2],
    ['all but a few stay', 5_000],
  ])('are found quickly among 100,000 of which %s', (_which, every) => {
    const list = (mark: string) =>
      Array.from({ length: 100_000 }, (_, index) =>
        every > 0 && index % every === 0 ? `same ${index}` : every > 2 ? `same ${index}` : `${mark} ${index}`,
      )
    const [before, after] = [list('old'), [...list('new'), 'last']]
    const start = process.cpuUsage()
    const kept = keptLines(before, after)
    expect(process.cpuUsage(start).user / 1_000).toBeLessThan(1_500)
    expect(kept).toHaveLength(every === 0 ? 0 : every === 2 ? 50_000 : 100_000)
  })

  it('are found where more lines differ than the shortest way is looked for', () => {
    const before = Array.from({ length: 1_000 }, (_, index) => `line ${index}`)
    const after = before.map((line, index) => (index % 2 === 0 ? line : `new ${index}`))
    expect(keptLines(before, after)).toEqual(
      before.flatMap((_line, index) => (index % 2 === 0 ? [[index, index]] : [])),
    )
  })
})
