import { afterAll, beforeAll, expect, it } from 'vitest'
import { TAKES_RULES } from '../e2e/mailfw.ts'
import { describeLab } from '../lab/describe-lab.ts'
import type { Ending, Endings } from './expected.ts'
import { expectEnding, expectGood } from './expected.ts'
import type { Fleet, Run } from './fleet.ts'
import { startFleet } from './fleet.ts'
import { behaviours } from './imitations.ts'

const NOT_OURS: Ending = [
  'failed',
  'no-answer',
  'an answer that our program never gives; nothing was changed',
]
const NO_ANSWER: Ending = ['failed', 'no-shell', '; nothing was changed']
const UNREADABLE: Ending = ['failed', 'rules-refused', 'the rules that the host printed cannot be read']
const CONFIRMED: Ending = ['confirmed', 'deployed', 'changed, confirmed and saved as generation 1']
/** A receipt that is none: the host is asked until the deadline, and then says that it knows nothing. */
const UNKNOWN: Ending = ['unknown', 'no-answer', 'the confirmation got no answer']

const endings: Endings = {
  'another-nonce': NO_ANSWER,
  // The change may be made: the host is asked anew, and its receipt counts.
  'replayed-examine': CONFIRMED,
  'replayed-confirm': UNKNOWN,
  'only-an-end': NOT_OURS,
  'one-family-only': NOT_OURS,
  'end-and-then-more': CONFIRMED,
  'text-without-end': NO_ANSWER,
  binary: NOT_OURS,
  'nul-in-rules': NOT_OURS,
  'no-utf-8-in-rules': ['failed', 'rules-refused', 'bytes that are not UTF-8'],
  'same-text-twice': NOT_OURS,
  'generation-1e308': NOT_OURS,
  'generation-of-a-megabyte': NOT_OURS,
  'version-of-a-megabyte': CONFIRMED,
  'hostname-of-a-megabyte': CONFIRMED,
  'negative-seconds': NOT_OURS,
  'a-foreign-attempt': NOT_OURS,
  'an-unknown-state': NOT_OURS,
  'port-of-words': CONFIRMED,
  'refusal-of-a-megabyte': ['failed', 'apply-refused', '; nothing was changed'],
  'rules-that-are-none': UNREADABLE,
  'blanks-in-rules': UNREADABLE,
  'as-many-blanks-as-a-line-holds': CONFIRMED,
  'chains-without-end': CONFIRMED,
  'tables-without-end': UNREADABLE,
  'incompatible-tables-without-end': CONFIRMED,
  'canonical-of-nothing': UNREADABLE,
  'a-command-to-copy': NOT_OURS,
  'a-chain-to-copy': ['failed', 'other-backend', 'rules are also in iptables-legacy'],
  'empty-apply': CONFIRMED,
  'apply-of-another-hash': CONFIRMED,
  'apply-with-1e308-seconds': CONFIRMED,
  'empty-receipt': UNKNOWN,
  'receipt-of-another-hash': ['unknown', 'no-answer', 'the receipt of the host is not for what was wanted'],
  'receipt-without-number': UNKNOWN,
  'receipt-of-generation-1e308': UNKNOWN,
  'confirmed-without-apply': CONFIRMED,
  'refused-confirmation': ['reverted', 'not-as-wanted', '; the old rules are back'],
  'empty-revert': ['unknown', 'no-answer', 'after the confirmation was sent'],
  'no-canonical-empty-receipt': UNKNOWN,
}

/** Reading the longest rules of some of these takes seconds, and they come at the same time. */
const MOST_SECONDS_BESIDE = 30

describeLab('an answer that imitates ours', () => {
  let fleet: Fleet
  let run: Run
  beforeAll(async () => {
    fleet = await startFleet('test/hostile/imitations.ts')
    const inventory = await fleet.inventory(Object.keys(behaviours))
    run = await fleet.run(
      'deploy',
      inventory,
      '--forks',
      '60',
      '--batch',
      '100%',
      '--max-failures',
      '99',
      ...TAKES_RULES,
    )
  })
  afterAll(() => fleet.close())

  it('is told of each behaviour how it ends', () => {
    expect(Object.keys(endings)).toEqual(Object.keys(behaviours))
  })

  it.each(Object.entries(endings))('ends as what it is: %s', (name, ending) => {
    expectEnding(run, name, ending)
  })

  it('costs no other host anything', () => {
    expectGood(run, MOST_SECONDS_BESIDE)
    expect(run.code).toBe(6)
  })

  it('puts nothing of a host into a command to copy', () => {
    const fixes = run.events.flatMap((event) => (event.event === 'host' ? [event.fix ?? ''] : []))
    expect(fixes.filter((fix) => fix !== '')).toHaveLength(1)
    expect(fixes.join()).not.toContain('reboot')
  })

  it('never makes a bug of what a host says', () => {
    const codes = run.events.flatMap((event) => (event.event === 'host' ? [event.code] : []))
    expect(codes).not.toContain('bug')
  })

  it('says of hosts that only check asked that nothing was changed, or nothing differs', async () => {
    const check = await fleet.run('check', await fleet.inventory(Object.keys(behaviours)), '--forks', '60')
    for (const event of check.events)
      if (event.event === 'host') expect(['failed', 'would-change', 'unchanged']).toContain(event.outcome)
    expect(check.code).toBe(4)
  })
})
