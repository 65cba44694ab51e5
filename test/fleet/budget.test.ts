import { describe, expect, it } from 'vitest'
import { Budget } from '../../src/fleet/budget.ts'
import type { Outcome } from '../../src/model/outcome.ts'
import type { HostShare } from '../../src/model/rollout.ts'
import { result } from '../report/samples.ts'

function isExceeded(most: HostShare, total: number, outcomes: readonly Outcome[]): boolean {
  const budget = new Budget(most, total)
  for (const [index, outcome] of outcomes.entries()) budget.take(result(`mx${index}`, outcome))
  return budget.isExceeded
}

describe('a budget of failures', () => {
  it('counts the hosts that show that a change is bad, and no others', () => {
    const none: HostShare = { kind: 'hosts', count: 0 }
    for (const outcome of ['reverted', 'revert-failed', 'unknown'] as const)
      expect(isExceeded(none, 9, [outcome])).toBe(true)
    for (const outcome of ['failed', 'unreachable', 'held', 'skipped', 'confirmed', 'unchanged'] as const)
      expect(isExceeded(none, 9, [outcome])).toBe(false)
  })

  it('is exceeded by one more than was allowed', () => {
    const two: HostShare = { kind: 'hosts', count: 2 }
    expect(isExceeded(two, 9, ['reverted', 'unknown'])).toBe(false)
    expect(isExceeded(two, 9, ['reverted', 'unknown', 'reverted'])).toBe(true)
  })

  it('may be a share of the hosts', () => {
    const tenth: HostShare = { kind: 'percent', percent: 10 }
    expect(isExceeded(tenth, 20, ['reverted', 'reverted'])).toBe(false)
    expect(isExceeded(tenth, 19, ['reverted', 'reverted'])).toBe(true)
    expect(isExceeded(tenth, 9, ['reverted'])).toBe(true)
  })
})
