import { describe, expect, it } from 'vitest'
import type { Contestant, Row, RowId } from './contestant.ts'
import type { Arena } from './rounds.ts'
import { runRounds } from './rounds.ts'

describe('the rounds', () => {
  it('run another contestant first in each, its rows in order, and forget everything before who deploys', async () => {
    const { log, arena } = recorded()
    await runRounds([FLOOR, OURS], 1, arena)
    expect(log).toEqual([
      ...['one-session', 'forget', 'mailfw-deploy', 'verify', 'mailfw-check', 'verify'],
      ...['forget', 'mailfw-deploy', 'verify', 'mailfw-check', 'verify', 'one-session'],
    ])
  })

  it('do not count the first, which warms up', async () => {
    const [floor] = await runRounds([FLOOR], 3, recorded().arena)
    expect([...(floor?.costs.keys() ?? [])]).toEqual([1, 2, 3])
  })

  it('let a contestant leave after its own number of them', async () => {
    const [floor, ours] = await runRounds([FLOOR, { ...OURS, rounds: 1 }], 3, recorded().arena)
    expect([floor?.costs.size, ours?.costs.size]).toEqual([3, 1])
  })

  it('give a row that fails once a sentence instead of a time, and go on with those before it', async () => {
    const { arena } = recorded((row, round) => {
      if (row.id === 'mailfw-check' && round === 2) throw new Error('ended with 4')
    })
    const [deploy, check] = await runRounds([OURS], 3, arena)
    expect([deploy?.costs.size, deploy?.problem]).toEqual([3, undefined])
    expect([check?.costs.size, check?.problem]).toEqual([0, 'ended with 4'])
  })

  it('do not run what follows on a row that fails, for it would find other hosts', async () => {
    const { log, arena } = recorded((row) => {
      if (row.id === 'mailfw-deploy') throw new Error('ended with 4')
    })
    const [deploy, check] = await runRounds([OURS], 2, arena)
    expect([deploy?.problem, check?.problem]).toEqual(['ended with 4', 'not run, for "mailfw-deploy" failed'])
    expect(log).toEqual(['forget', 'mailfw-deploy', 'forget', 'forget'])
  })

  it('take a row for failed where the hosts do not have their rules after it', async () => {
    const lacking = {
      ...recorded().arena,
      expectWanted: () => Promise.reject(new Error('mx1 has other live v4 rules')),
    }
    const [deploy] = await runRounds([OURS], 1, lacking)
    expect(deploy?.problem).toBe('mx1 has other live v4 rules')
  })
})

const FLOOR: Contestant = {
  name: 'the floor',
  note: '',
  rows: [row('one-session')],
  deploys: false,
  rounds: 9,
}
const OURS: Contestant = {
  name: 'mailfw',
  note: '',
  rows: [row('mailfw-deploy'), row('mailfw-check')],
  deploys: true,
  rounds: 9,
}

function row(id: RowId): Row {
  return { id, label: id, command: ['true'] }
}

/** An arena that writes down what it is asked for; `strike` may throw in a row's stead. */
function recorded(strike: (row: Row, round: number) => void = () => undefined) {
  const log: string[] = []
  const runs = new Map<RowId, number>()
  const arena: Arena = {
    costOf: (each) => {
      const round = runs.get(each.id) ?? 0
      runs.set(each.id, round + 1)
      log.push(each.id)
      return Promise.resolve().then(() => {
        strike(each, round)
        return { seconds: 1, cpuSeconds: 1 }
      })
    },
    forget: () => Promise.resolve(void log.push('forget')),
    expectWanted: () => Promise.resolve(void log.push('verify')),
    tell: () => undefined,
  }
  return { log, arena }
}
