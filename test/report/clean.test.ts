import { expect, it } from 'vitest'
import type { Difference, Generation } from '../../src/model/outcome.ts'
import { clean } from '../../src/report/clean.ts'
import { result } from './samples.ts'

const HOSTILE = 'a\u001b]0;x\u0007\u202e\u2028'
const PRINTABLE = 'a\\x1b]0;x\\x07\\u{202e}\\u{2028}'

const difference: Difference = { in: 'live', table: HOSTILE, line: `+ ${HOSTILE}`, cause: 'host' }

const generation = (text: string) =>
  ({
    n: 4,
    at: text,
    by: text,
    version: text,
    revision: text,
    again: 2,
    hold: text,
    changes: { v4: [text], v6: [] },
  }) satisfies Generation

it('makes differences printable', () => {
  const host = result('mx1', 'would-change', { families: { v4: { differences: [difference] } } })
  expect(clean(host, { diff: false }).families.v4?.differences).toEqual([
    { in: 'live', table: PRINTABLE, line: `+ ${PRINTABLE}`, cause: 'host' },
  ])
})

it('counts the lines of a generation that are too many for any reader', () => {
  const changes = { v4: Array.from({ length: 10_500 }, () => '+ -A INPUT -j ACCEPT') }
  const host = result('mx1', 'unchanged', { generations: [{ n: 1, changes }] })
  const [shown] = clean(host, { diff: false }).generations ?? []
  expect(shown?.changes?.v4).toHaveLength(10_001)
  expect(shown?.changes?.v4?.at(-1)).toBe('# … and 500 more lines')
})

it('counts the differences that are too many for any reader', () => {
  const differences = Array.from({ length: 10_500 }, () => difference)
  const host = result('mx1', 'would-change', { families: { v6: { differences } } })
  const shown = clean(host, { diff: false }).families.v6?.differences ?? []
  expect(shown).toHaveLength(10_001)
  expect(shown.at(-1)?.line).toBe('# … and 500 more differences')
})

it('keeps all that is known of a generation and of a hold, and makes it printable', () => {
  const host = result('mx1', 'held', {
    generation: generation(HOSTILE),
    generations: [generation(HOSTILE)],
    hold: generation(HOSTILE),
  })
  expect(clean(host, { diff: false })).toMatchObject({
    generation: generation(PRINTABLE),
    generations: [generation(PRINTABLE)],
    hold: generation(PRINTABLE),
  })
})
