import { expect } from 'vitest'
import type { HostResult } from '../../src/model/outcome.ts'
import type { Run } from './fleet.ts'
import { GOOD } from './fleet.ts'

/** How a host ends: outcome, code, and what its sentence says. */
export type Ending = readonly [outcome: HostResult['outcome'], code: HostResult['code'], words: string]

export type Endings = Readonly<Record<string, Ending>>

/** Longer than any host's own words and our sentence around them. */
const LONGEST_MESSAGE = 1_500

export function expectEnding(run: Run, name: string, [outcome, code, words]: Ending): void {
  const result = run.host(name)
  expect(result).toMatchObject({ outcome, code })
  expect(result.message).toContain(words)
  expect(result.message.length).toBeLessThan(LONGEST_MESSAGE)
}

/** The host beside the hostile ones was served as if it were alone. */
export function expectGood(run: Run, mostSeconds: number): void {
  expect(['confirmed', 'unchanged']).toContain(run.host(GOOD).outcome)
  expect(run.host(GOOD).seconds).toBeLessThan(mostSeconds)
}
