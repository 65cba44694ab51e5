import { expect, it } from 'vitest'
import type { Generation } from '../../src/model/outcome.ts'
import { writeHistories } from '../../src/report/history.ts'
import { result } from './samples.ts'
import pico from 'picocolors'

const LOOK = { columns: 80, colours: pico.createColors(false) }
const RULES = Array.from({ length: 9 }, (_, n) => `+ -A INPUT -s 192.0.2.${n}/32 -j DROP`)

const made: Generation = {
  n: 1,
  at: '2026-11-22T14:02:30Z',
  by: 'alice@laptop',
  version: '1.0.0',
  revision: '1a2b3c4',
}
const first: Generation = { n: 0 }
const rolledBack: Generation = {
  ...made,
  n: 2,
  again: 0,
  hold: 'too strict',
  changes: { v4: [], v6: [] },
  against: 1,
}
const long: Generation = { ...made, changes: { v4: ['*filter', ...RULES] }, against: 0 }

function text(hosts: Readonly<Record<string, readonly Generation[]>>, whole = false): string {
  const results = Object.entries(hosts).map(([host, generations]) =>
    result(host, 'unchanged', { generations }),
  )
  return writeHistories(results, { look: LOOK, whole })
}

it('tells who made a generation when, from what, and what it changed', () => {
  expect(text({ mx1: [rolledBack, long, first] })).toBe(`mx1
  2  2026-11-22 14:02 UTC by alice@laptop, inventory 1a2b3c4, mailfw 1.0.0, what
     was there before mailfw, held: too strict
     no rule changed
  1  2026-11-22 14:02 UTC by alice@laptop, inventory 1a2b3c4, mailfw 1.0.0
     IPv4:
       *filter
       + -A INPUT -s 192.0.2.0/32 -j DROP
       + -A INPUT -s 192.0.2.1/32 -j DROP
       + -A INPUT -s 192.0.2.2/32 -j DROP
       + -A INPUT -s 192.0.2.3/32 -j DROP
     and 5 more: --diff shows all
  0  what was there before mailfw
`)
})

it('tells all of it where that was asked for', () => {
  expect(text({ mx1: [long, first] }, true).match(/^ +\+ /gm)).toHaveLength(9)
})

it('tells all of what is different between two, and against which', () => {
  const compared = text({ mx1: [{ ...long, against: 4 }] })
  expect(compared).toMatch(/mailfw 1\.0\.0\n {5}against generation 4:\n {5}IPv4:\n/)
  expect(compared.match(/^ +\+ /gm)).toHaveLength(9)
  expect(text({ mx1: [{ ...rolledBack, against: 4 }] })).toMatch(
    /against generation 4:\n {5}no rule changed\n/,
  )
})

it('tells hosts with the same history together, to the minute', () => {
  const later = { ...made, at: '2026-11-22T14:02:59Z' }
  expect(text({ mx1: [made, first], mx2: [later, first], mx3: [{ ...made, by: 'bob@ci' }, first] })).toMatch(
    /^2 hosts: mx1, mx2\n[^]*\nmx3\n/,
  )
})

it('says nothing of hosts that have none', () => {
  expect(text({ mx1: [] })).toBe('')
})
