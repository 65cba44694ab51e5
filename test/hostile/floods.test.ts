import { afterAll, beforeAll, expect, it } from 'vitest'
import { TAKES_RULES } from '../e2e/mailfw.ts'
import { describeLab } from '../lab/describe-lab.ts'
import type { Endings } from './expected.ts'
import { expectEnding, expectGood } from './expected.ts'
import type { Fleet } from './fleet.ts'
import { startFleet } from './fleet.ts'
import { behaviours } from './floods.ts'

const UNCHANGED = '; nothing was changed'
const CONFIRMED = 'changed, confirmed and saved as generation 1'

const endings: Endings = {
  'identification-without-end': ['unreachable', 'refused', UNCHANGED],
  'greeting-without-end': ['unreachable', 'refused', UNCHANGED],
  'garbage-after-identification': ['unreachable', 'refused', UNCHANGED],
  'banner-without-end': ['unreachable', 'login', 'the server sent more than 1 MiB'],
  'ignored-without-end': ['failed', 'lost', UNCHANGED],
  'keys-without-end': ['failed', 'lost', UNCHANGED],
  'requests-without-end': ['failed', 'lost', UNCHANGED],
  'channels-without-end': ['failed', 'lost', UNCHANGED],
  'stdout-without-end': [
    'failed',
    'no-answer',
    'the host sent more than any answer can be; nothing was changed',
  ],
  'lines-without-end': [
    'failed',
    'no-answer',
    'the host sent more than any answer can be; nothing was changed',
  ],
  'stderr-without-end': [
    'failed',
    'no-answer',
    'the host sent more than any answer can be; nothing was changed',
  ],
  'data-before-the-program': ['failed', 'lost', UNCHANGED],
  'answer-without-end': [
    'failed',
    'no-answer',
    'the host sent more than any answer can be; nothing was changed',
  ],
  'answer-of-lines-without-end': ['failed', 'no-answer', 'more than any answer can be; nothing was changed'],
  'answer-as-long-as-allowed': ['confirmed', 'deployed', CONFIRMED],
  'answer-behind-the-end': [
    'failed',
    'no-answer',
    'an answer that our program never gives; nothing was changed',
  ],
  // The host has the change, and confirms it over a new connection.
  'flood-after-apply': ['confirmed', 'deployed', CONFIRMED],
  'window-ignored-after-apply': ['confirmed', 'deployed', CONFIRMED],
}

/** The most that a session keeps, 64 MiB, and the same again for what is decoded and not yet collected. */
const MOST_MEGABYTES = 128
/** What is made of the longest answer: its rules, their plan, and the call that sends it. */
const MOST_FOR_AN_ANSWER = 400
/** A silent server is given up after 20 s; nothing here takes longer. */
const MOST_SECONDS = 40
/** The flood and what it makes us do share our processor with the others, in turns. */
const MOST_SECONDS_BESIDE = 10

describeLab('a host that floods us', () => {
  let fleet: Fleet
  let usual: number
  beforeAll(async () => {
    fleet = await startFleet('test/hostile/floods.ts')
    usual = (await fleet.run('deploy', await fleet.inventory([]))).peakMegabytes
  })
  afterAll(() => fleet.close())

  it('is told of each behaviour how it ends', () => {
    expect(Object.keys(endings)).toEqual(Object.keys(behaviours))
  })

  it.each(Object.keys(behaviours))(
    'costs bounded memory and time, and no other host anything: %s',
    async (name) => {
      const run = await fleet.run('deploy', await fleet.inventory([name]), '--timeout', '10', ...TAKES_RULES)
      const ending = endings[name]
      if (ending !== undefined) expectEnding(run, name, ending)
      expectGood(run, MOST_SECONDS_BESIDE)
      expect(run.code).toBe(run.host(name).outcome === 'confirmed' ? 0 : 4)
      expect(run.seconds).toBeLessThan(MOST_SECONDS)
      const most = name === 'answer-as-long-as-allowed' ? MOST_FOR_AN_ANSWER : MOST_MEGABYTES
      expect(run.peakMegabytes - usual).toBeLessThan(most)
    },
  )
})
