import { describe, expect, it } from 'vitest'
import { measuredRow } from './measured.ts'
import { median, ratio, resultsOf } from './results.ts'

describe('median', () => {
  it.each([
    [[3], 3],
    [[9, 1, 2], 2],
    [[4, 1, 2, 9], 3],
    [[10, 9, 100], 10],
  ])('of %j is %d', (values, middle) => {
    expect(median(values)).toBe(middle)
  })

  it('is unknown of nothing, and where one value is unknown', () => {
    expect(median([])).toBeUndefined()
    expect(median([1, undefined, 3])).toBeUndefined()
  })
})

describe('ratio', () => {
  const floor = measuredRow('one-session', [1, 2, 10])

  it('is the median of the ratios of each round, not the ratio of the medians', () => {
    expect(
      ratio([floor, measuredRow('mailfw-check', [3, 4, 90])], 'mailfw-check', 'one-session', 'seconds'),
    ).toBe(3)
  })

  it('takes only rounds in which both ran', () => {
    expect(ratio([floor, measuredRow('pssh', [5])], 'pssh', 'one-session', 'seconds')).toBe(5)
  })

  it('is unknown where one of the two was not measured', () => {
    expect(ratio([floor], 'pssh', 'one-session', 'seconds')).toBeUndefined()
    expect(ratio([floor], 'one-session', undefined, 'seconds')).toBeUndefined()
    expect(ratio([floor, measuredRow('pssh', [5])], 'pssh', 'one-session', 'cpuSeconds')).toBeUndefined()
  })
})

describe('the results', () => {
  it('have medians and ratios of wall time and CPU, each to its own floor and to what mailfw does instead', () => {
    const [, , pssh] = resultsOf([
      measuredRow('one-session', [1, 1], { cpu: 0.5 }),
      measuredRow('mailfw-deploy', [2, 4], { cpu: 0.5 }),
      measuredRow('pssh', [8, 8], { cpu: 0.25, floor: 'one-session', ours: 'mailfw-deploy' }),
    ])
    expect(pssh).toEqual({
      id: 'pssh',
      label: 'the row pssh',
      rounds: 2,
      seconds: { wall: 8, cpu: 2 },
      ofFloor: { wall: 8, cpu: 4 },
      ofMailfw: { wall: 3, cpu: 1.5 },
    })
  })

  it('leave out what could not be measured', () => {
    const failed = { ...measuredRow('pssh', []), problem: 'ended with 3' }
    expect(resultsOf([failed])).toEqual([
      {
        id: 'pssh',
        label: 'the row pssh',
        rounds: 0,
        seconds: {},
        ofFloor: {},
        ofMailfw: {},
        problem: 'ended with 3',
      },
    ])
  })
})
