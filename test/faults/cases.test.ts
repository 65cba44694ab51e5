import { describe, expect, it } from 'vitest'
import { caseText, coveringCases, isPossible, namedCases, pairsOf, randomCases, shareOf } from './cases.ts'
import type { Fault } from './faults/faults.ts'
import { FAULTS } from './faults/faults.ts'
import type { Kind } from './hosts/kinds.ts'
import { KINDS } from './hosts/kinds.ts'
import { makeRandom } from './random.ts'
import { STEPS } from './steps.ts'

describe.each([1, 2, 3])('the covering cases of seed %i', (seed) => {
  const cases = coveringCases(makeRandom(seed))

  it('bring each step together with each fault, and each kind of host with both, if they can meet', () => {
    const possible = STEPS.flatMap((step) =>
      FAULTS.flatMap((fault) => KINDS.map((kind) => ({ step, fault, kind })).filter(isPossible)),
    )
    const met = new Set(cases.flatMap(pairsOf))
    expect([...new Set(possible.flatMap(pairsOf))].filter((pair) => !met.has(pair))).toEqual([])
  })

  it('are only such as can happen', () => {
    expect(cases.filter((each) => !isPossible(each))).toEqual([])
  })

  it('reboot about as many hosts before the next run as after it', () => {
    const first = cases.filter(({ rebootsFirst }) => rebootsFirst)
    expect(first.length / cases.length).toBeCloseTo(0.5, 1)
  })

  it('are the same for the same seed, and others for another one', () => {
    const texts = cases.map(caseText)
    expect(coveringCases(makeRandom(seed)).map(caseText)).toEqual(texts)
    expect(coveringCases(makeRandom(seed + 1)).map(caseText)).not.toEqual(texts)
  })
})

it('draws as many random cases as it is asked for, of every step and fault', () => {
  const cases = randomCases(makeRandom(1), 1000)
  expect(cases).toHaveLength(1000)
  expect(new Set(cases.map(({ step }) => step)).size).toBe(STEPS.length)
  expect(new Set(cases.map(({ fault }) => fault)).size).toBe(FAULTS.length)
})

it('draws a share of the cases, with each fault as often as any other', () => {
  const random = makeRandom(4)
  const share = shareOf(coveringCases(random), 4 * FAULTS.length, random)
  expect(new Set(share.map(caseText)).size).toBe(4 * FAULTS.length)
  for (const fault of FAULTS) expect(share.filter((each) => each.fault === fault)).toHaveLength(4)
})

it('draws a step for each fault on each kind of host', () => {
  const cases = namedCases('?/*', makeRandom(4))
  const meet = (fault: Fault, kind: Kind) => STEPS.some((step) => isPossible({ step, fault, kind }))
  expect(cases).toHaveLength(FAULTS.flatMap((fault) => KINDS.filter((kind) => meet(fault, kind))).length)
  expect(cases.every(isPossible)).toBe(true)
  expect(new Set(cases.map(({ step }) => step)).size).toBe(STEPS.length)
})

it('finds a case again by its text', () => {
  const [drawn] = randomCases(makeRandom(7), 1)
  if (drawn === undefined) expect.fail('no case was drawn')
  expect(namedCases(caseText(drawn))).toEqual([drawn])
})

it.each(['applied/no-such-fault', 'no-such-step/ban', 'applied/ban/nf_tables'])(
  'finds no case by %s',
  (text) => {
    expect(namedCases(text)).toEqual([])
  },
)
