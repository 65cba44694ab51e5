import { describe, expect, it } from 'vitest'
import { caseText, coveringCases, isPossible, namedCases, pairsOf, randomCases, shareOf } from './cases.ts'
import { FAULTS } from './faults.ts'
import { KINDS } from './kinds.ts'
import { makeRandom } from './random.ts'
import { STEPS } from './steps.ts'

describe.each([1, 2, 3])('the covering cases of seed %i', (seed) => {
  const cases = coveringCases(makeRandom(seed))

  const possible = STEPS.flatMap((step) => FAULTS.map((fault) => ({ step, fault })).filter(isPossible))

  it('bring each step together with each fault that it can meet, once', () => {
    const pairs = cases.map(({ step, fault }) => `${step.name}/${fault.name}`)
    expect(pairs).toHaveLength(possible.length)
    expect(new Set(pairs).size).toBe(pairs.length)
  })

  it('bring each kind of host together with each step, each fault and each other kind', () => {
    const pairs = possible.flatMap((pair) => KINDS.flatMap((kind) => pairsOf({ ...pair, kind })))
    const met = new Set(cases.flatMap(pairsOf))
    expect([...new Set(pairs)].filter((pair) => !met.has(pair))).toEqual([])
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
  const share = shareOf(coveringCases(random), 5 * FAULTS.length, random)
  expect(new Set(share.map(caseText)).size).toBe(5 * FAULTS.length)
  for (const fault of FAULTS) expect(share.filter((each) => each.fault === fault)).toHaveLength(5)
})

it('draws a step for each fault on each kind of host', () => {
  const cases = namedCases('?/*', makeRandom(4))
  expect(cases).toHaveLength(FAULTS.length * KINDS.length)
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
