import { describe, expect, it } from 'vitest'
import { standingOf } from '../../src/host/standing.ts'
import type { AttemptState } from '../../src/remote/attempt.ts'
import type { KnownAttempt, Status } from '../../src/remote/status.ts'

const NOW = Date.parse('2026-11-22T14:02:30Z')
const ID = '4e1243bd22c66e76'

function known(state: AttemptState, more: Partial<KnownAttempt> = {}): KnownAttempt {
  return {
    id: ID,
    state,
    secondsLeft: 41,
    guardAlive: true,
    thisBoot: true,
    applied: 'sum',
    tables: ['v4:filter'],
    families: ['v4', 'v6'],
    foreign: '^$',
    uptimeSeconds: 1_000,
    ...more,
  }
}

function standing(pending: KnownAttempt, more: Partial<Status> = {}) {
  return standingOf({ bootId: 'boot', pending, log: '', ...more }, NOW)
}

describe('what an attempt left on a host', () => {
  it.each(['prepared', 'armed', 'applied', 'confirming'] as const)('is pending while it is %s', (state) => {
    expect(standing(known(state)).pending).toEqual({ id: ID, secondsLeft: 41 })
  })

  it.each([
    [41, 0],
    [0, 0],
    [-7, -7],
  ])('counts no seconds where the guard is gone: %i become %i', (secondsLeft, told) => {
    const { pending, sentence } = standing(known('applied', { guardAlive: false, secondsLeft }))
    expect(pending).toEqual({ id: ID, secondsLeft: told })
    expect(sentence).toContain('its guard is gone')
  })

  it('never counts below zero while the guard is at work', () => {
    const { pending, sentence } = standing(known('applied', { secondsLeft: -3 }))
    expect(pending?.secondsLeft).toBe(0)
    expect(sentence).toMatch(/its guard puts the old rules back now$/)
  })

  it('was reverted when the log ends, by our clock and not by the host’s', () => {
    const { reverted, revertFailed } = standing(known('reverted', { secondsLeft: -500 }), {
      log: '400 applied\n490 v4 put back by inverse',
    })
    expect(reverted).toEqual({
      id: ID,
      at: '2026-11-22T13:54:00Z',
      log: '2026-11-22T13:52:30Z applied\n2026-11-22T13:54:00Z v4 put back by inverse',
    })
    expect(revertFailed).toBe(false)
  })

  it('was reverted at the deadline where nothing could be written', () => {
    expect(standing(known('reverted', { secondsLeft: -60 })).reverted?.at).toBe('2026-11-22T14:01:30Z')
  })

  it('is told apart where the revert failed', () => {
    const { reverted, revertFailed, pending } = standing(known('revert-failed'))
    expect([revertFailed, reverted?.id, pending]).toEqual([true, ID, undefined])
  })

  it('is neither pending nor reverted where the host was rebooted since', () => {
    for (const state of ['applied', 'reverted', 'revert-failed'] as const) {
      const told = standing(known(state, { thisBoot: false }))
      expect([told.pending, told.reverted, told.revertFailed]).toEqual([undefined, undefined, false])
      expect(told.sentence).toContain('the host was rebooted since attempt')
    }
  })

  it('is nothing where it was confirmed', () => {
    expect(
      standing(known('confirmed'), { generation: 3, receipt: { n: 3, at: 'T', by: 'a@b', attempt: ID } }),
    ).toEqual({
      generation: { n: 3, at: 'T', by: 'a@b' },
      revertFailed: false,
    })
  })

  it('throws at no number that a host may send', () => {
    const wild = known('reverted', { uptimeSeconds: -9_999_999_999, secondsLeft: 9_999_999_999 })
    expect(standing(wild, { log: '9999999999 x' }).reverted?.at).toMatch(/Z$/)
  })
})
