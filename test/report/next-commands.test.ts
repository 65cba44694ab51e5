import { expect, it } from 'vitest'
import type { HostResult } from '../../src/model/outcome.ts'
import { nextCommands } from '../../src/report/next-commands.ts'
import { runOf } from './fleets.ts'
import { drifted, result } from './samples.ts'

const HOLD = { n: 3, again: 1, hold: 'too strict' }

function commands(hosts: readonly HostResult[], kept = ''): string {
  return nextCommands(
    runOf(hosts),
    (verb, names) => `mailfw ${verb} x --limit ${names.join(',')}${kept}`,
    (text) => text,
  )
}

it('names the deploy that releases hosts which are held, whatever else is found of them', () => {
  const hosts = [
    result('mx1', 'held', { hold: HOLD }),
    drifted('mx2', { hold: HOLD }),
    result('mx3', 'confirmed', { hold: HOLD }),
    drifted('mx4'),
  ]
  expect(commands(hosts)).toBe(`To bring these to what the inventory says:
  mailfw deploy x --limit mx4
To release these, and bring them to what the inventory says:
  mailfw deploy x --limit mx1,mx2,mx3 --release
`)
})

it('says --release once', () => {
  expect(commands([drifted('mx1', { hold: HOLD })], ' --release')).toMatch(/ --release\n$/)
  expect(commands([drifted('mx1', { hold: HOLD })], ' --release')).not.toMatch(/--release --release/)
})

it('suggests nothing for a generation that is not there', () => {
  expect(commands([result('mx1', 'failed', { code: 'no-generation' })])).toBe('')
})
