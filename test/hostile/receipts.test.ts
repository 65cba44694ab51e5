import { afterAll, beforeAll, expect, it } from 'vitest'
import { MAILFW } from '../e2e/mailfw.ts'
import { describeLab } from '../lab/describe-lab.ts'
import type { Fleet } from './fleet.ts'
import { startFleet } from './fleet.ts'
import { behaviours, MARK } from './receipts.ts'

/** What a terminal obeys or cannot be seen, before the mark that follows it in every field. */
const OBEYED = new RegExp(`[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]${MARK}|\\u001b\\]`, 'u')
const MOST_SECONDS = 30
const MOST_MEGABYTES = 700
const MOST_CHARACTERS = 20_000_000
const FLAGS = ['--forks', '20', '--timeout', '10']

const verbs = {
  check: [],
  history: [],
  rollback: ['--max-failures', '99'],
} as const
const names = Object.keys(verbs) as readonly (keyof typeof verbs)[]

describeLab('what a host says of its generations', () => {
  let fleet: Fleet
  let inventory: string
  beforeAll(async () => {
    fleet = await startFleet('test/hostile/receipts.ts')
    inventory = await fleet.inventory(Object.keys(behaviours))
    await fleet.run('deploy', inventory, '--limit', 'good')
  })
  afterAll(() => fleet.close())

  it.each(names)(
    'is bounded, and stops nobody: %s',
    async (verb) => {
      const run = await fleet.run(verb, inventory, ...FLAGS, ...verbs[verb])
      const told = Object.keys(behaviours).map((name) => [name, run.host(name).code])
      expect(told.filter(([, code]) => code === 'bug')).toEqual([])
      expect(run.host('good').outcome).toBe(verb === 'rollback' ? 'confirmed' : 'unchanged')
      expect(run.stdout).not.toMatch(OBEYED)
      expect(
        [run.stdout.length, run.seconds, run.peakMegabytes].map(Math.round),
        JSON.stringify(told),
      ).toEqual([
        expect.toSatisfy((length: number) => length < MOST_CHARACTERS),
        expect.toSatisfy((seconds: number) => seconds < MOST_SECONDS),
        expect.toSatisfy((megabytes: number) => megabytes < MOST_MEGABYTES),
      ])
    },
    60_000,
  )

  it.each(['history', 'check'])(
    'is printable as text too: %s',
    async (verb) => {
      const words = [...MAILFW, verb, inventory, '--diff', ...FLAGS]
      const { stdout, stderr } = await fleet.lab.controller(words, { tty: true, timeoutSeconds: 110 })
      expect(stdout + stderr).not.toMatch(OBEYED)
      expect(stdout).toContain(MARK)
      expect(stdout.length).toBeLessThan(MOST_CHARACTERS)
    },
    60_000,
  )
})
