import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { Ending } from './expected.ts'
import { expectEnding, expectGood } from './expected.ts'
import type { Fleet, Run } from './fleet.ts'
import { startFleet } from './fleet.ts'
import { behaviours } from './stalls.ts'

const CONNECT_SECONDS = 10
/** Three keepalives 5 s apart, and the one that finds them missing. */
const SILENT_SECONDS = 20
/** For a program to start, or for the answer of an examination. */
const ANSWER_SECONDS = 60
const CONFIRM_SECONDS = 10
/** For the machine that runs all this at the same time. */
const SLACK_SECONDS = 15

const REFUSED: Ending = ['unreachable', 'refused', '; nothing was changed']
const LOGIN: Ending = ['unreachable', 'login', '; nothing was changed']
const LOST: Ending = ['failed', 'lost', '; nothing was changed']
const NO_ANSWER: Ending = ['failed', 'no-answer', '; nothing was changed']
const CONFIRMED: Ending = ['confirmed', 'deployed', 'saved as generation 1']
const UNKNOWN: Ending = ['unknown', 'no-answer', 'the confirmation got no answer']

const endings: Readonly<Record<string, readonly [mostSeconds: number, ending: Ending]>> = {
  'silent-at-connection': [CONNECT_SECONDS, REFUSED],
  'gone-at-connection': [CONNECT_SECONDS, REFUSED],
  'silent-in-key-exchange': [CONNECT_SECONDS, REFUSED],
  'gone-in-key-exchange': [CONNECT_SECONDS, REFUSED],
  'silent-at-identification': [CONNECT_SECONDS, REFUSED],
  'gone-at-identification': [CONNECT_SECONDS, REFUSED],
  'silent-at-login': [CONNECT_SECONDS, LOGIN],
  'gone-at-login': [CONNECT_SECONDS, LOGIN],
  'silent-at-logged-in': [SILENT_SECONDS, LOST],
  'gone-at-logged-in': [0, LOST],
  'silent-at-channel': [SILENT_SECONDS, LOST],
  'gone-at-channel': [0, LOST],
  'silent-at-program': [SILENT_SECONDS, LOST],
  'gone-at-program': [0, LOST],
  'silent-at-examine': [SILENT_SECONDS, LOST],
  'gone-at-examine': [0, LOST],
  'silent-at-half-an-answer': [SILENT_SECONDS, LOST],
  'gone-at-half-an-answer': [0, LOST],
  // The change may be made: the host is asked anew, and its receipt counts.
  'silent-at-apply': [SILENT_SECONDS, CONFIRMED],
  'gone-at-apply': [0, CONFIRMED],
  'silent-at-confirm': [2 * CONFIRM_SECONDS, UNKNOWN],
  'gone-at-confirm': [CONFIRM_SECONDS, UNKNOWN],
  'dripping-identification': [CONNECT_SECONDS, REFUSED],
  'dripping-noise': [ANSWER_SECONDS, NO_ANSWER],
  'dripping-answer': [ANSWER_SECONDS, NO_ANSWER],
  'alive-without-a-channel': [ANSWER_SECONDS, NO_ANSWER],
  'alive-without-a-program': [ANSWER_SECONDS, NO_ANSWER],
  'never-closing': [0, CONFIRMED],
}

describeLab('a host that stalls or goes', () => {
  let fleet: Fleet
  let run: Run
  beforeAll(async () => {
    fleet = await startFleet('test/hostile/stalls.ts')
    const inventory = await fleet.inventory(Object.keys(behaviours))
    const timeout = ['--timeout', String(CONNECT_SECONDS)]
    run = await fleet.run(
      'deploy',
      inventory,
      ...timeout,
      '--forks',
      '60',
      '--batch',
      '100%',
      '--max-failures',
      '99',
    )
  })
  afterAll(() => fleet.close())

  it('is told of each behaviour how it ends', () => {
    expect(Object.keys(endings)).toEqual(Object.keys(behaviours))
  })

  it.each(Object.entries(endings))(
    'is given up in time, and truthfully: %s',
    (name, [mostSeconds, ending]) => {
      expectEnding(run, name, ending)
      expect(run.host(name).seconds).toBeLessThan(mostSeconds + SLACK_SECONDS)
    },
  )

  it('holds no other host up', () => {
    expectGood(run, SLACK_SECONDS)
    expect(run.code).toBe(6)
  })
})
