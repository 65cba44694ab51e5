import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editsOf } from '../../src/ruleset/edits.ts'

/** `edits('abc', 'acd', 'abc')` → `-b wanted, +d wanted`: a letter a line. */
function edits(before: string, after: string, confirmed?: string): string {
  return editsOf({
    before: letters(before),
    after: letters(after),
    confirmed: confirmed === undefined ? undefined : letters(confirmed),
  })
    .map(({ sign, line, by }) => `${sign}${line} ${by}`)
    .join(', ')
}

function letters(text: string): readonly string[] {
  return Array.from(text)
}

describe('an edit', () => {
  it.each([
    ['nothing was ever confirmed', 'ab', 'ac', undefined, '-b wanted, +c wanted'],
    ['live is what was confirmed', 'ab', 'ac', 'ab', '-b wanted, +c wanted'],
    ['wanted is what was confirmed', 'ab', 'ac', 'ac', '-b host, +c host'],
    ['both changed', 'abx', 'abn', 'ab', '-x host, +n wanted'],
    ['the host lost what is still wanted, and something is new', 'a', 'abn', 'ab', '+b host, +n wanted'],
    ['the host added what is not wanted, and something goes', 'abx', 'a', 'ab', '-b wanted, -x host'],
    ['the host has one line twice', 'aab', 'abn', 'ab', '-a host, +n wanted'],
    ['one of two equal lines is wanted no longer', 'aaxb', 'ab', 'aab', '-a wanted, -x host'],
  ])('has its doer where %s', (_what, before, after, confirmed, expected) => {
    expect(edits(before, after, confirmed)).toBe(expected)
  })

  it.each([
    ['by the host', 'bcda', 'abcdn', 'abcd', '+a host, -a host, +n wanted'],
    ['by what is wanted', 'abcdx', 'bcda', 'abcd', '-a wanted, -x host, +a wanted'],
    ['by both', 'bcda', 'bacd', 'abcd', '+a host, -a host'],
  ])('that moves a line has one doer: %s', (_who, before, after, confirmed, expected) => {
    expect(edits(before, after, confirmed)).toBe(expected)
  })

  it('of a move never has two doers, and of others whoever changed the number of those lines', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 8 })
    const count = (lines: readonly string[], line: string) => lines.filter((each) => each === line).length
    fc.assert(
      fc.property(text, text, text, (before, after, confirmed) => {
        const all = editsOf({ before, after, confirmed })
        for (const letter of 'abcd') {
          const [b, a, c] = [before, after, confirmed].map((lines) => count(lines, letter)) as [
            number,
            number,
            number,
          ]
          const sum = (by: string) =>
            all
              .filter((edit) => edit.line === letter && edit.by === by)
              .reduce((total, { sign }) => total + (sign === '+' ? 1 : -1), 0)
          expect(sum('host') + sum('wanted')).toBe(a - b)
          // The host's part ends, and the other begins, at what was confirmed.
          const clamp = Math.min(Math.max(c, Math.min(a, b)), Math.max(a, b))
          expect(sum('host')).toBe(clamp - b)
        }
      }),
    )
  })

  it('of many is told quickly', () => {
    const list = (mark: string) => Array.from({ length: 100_000 }, (_, index) => `${mark} ${index % 50_000}`)
    const start = process.cpuUsage()
    const all = editsOf({ before: list('old'), after: list('new'), confirmed: list('gone') })
    expect(process.cpuUsage(start).user / 1_000).toBeLessThan(2_500)
    expect(all).toHaveLength(200_000)
  })
})
