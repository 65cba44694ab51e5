import { describe, expect, it } from 'vitest'
import { goalResults } from './goals.ts'
import { measuredRow } from './measured.ts'

describe('the goals', () => {
  const slow = [
    measuredRow('one-session', [1], { cpu: 0.5 }),
    measuredRow('two-sessions', [2], { cpu: 0.5 }),
    measuredRow('mailfw-deploy', [4], { cpu: 0.5 }),
    measuredRow('mailfw-unchanged', [1], { cpu: 0.5 }),
    measuredRow('mailfw-check', [1.31], { cpu: 0.5 }),
    measuredRow('ansible-first', [160], { cpu: 0.5 }),
    measuredRow('ansible-unchanged', [39.9], { cpu: 0.7 }),
    measuredRow('pssh', [4], { cpu: 0.1 }),
  ]

  it('are all told, each with its figure, reached where the figure equals its bound', () => {
    expect(goalResults(slow).map(({ goal, figure, status }) => [goal, figure, status])).toEqual([
      ['a first run 40 x faster than Ansible, wall time', 40, 'reached'],
      ["a first run with 50 x less of the controller's CPU than Ansible", 40, 'missed'],
      ['an unchanged run 40 x faster than Ansible, wall time', 39.9, 'missed'],
      [
        "an unchanged run with 50 x less of the controller's CPU than Ansible",
        expect.closeTo(55.86),
        'reached',
      ],
      ['a deploy within 2 x of the floor, wall time', 2, 'reached'],
      ["a deploy within 2 x of the floor, the controller's CPU", 2, 'reached'],
      ['a check within 1.3 x of the floor, wall time', 1.31, 'missed'],
      ["a check within 1.3 x of the floor, the controller's CPU", 1.31, 'missed'],
      ['a deploy is no slower than the unsafe pssh loop, wall time', 1, 'reached'],
    ])
  })

  it('are not measured where a peer is missing, or the CPU could not be counted', () => {
    const alone = slow.filter(({ row }) => row.id.startsWith('mailfw'))
    expect(new Set(goalResults(alone).map(({ status }) => status))).toEqual(new Set(['not measured']))
    const uncounted = goalResults([measuredRow('two-sessions', [2]), measuredRow('mailfw-deploy', [9])])
    expect(uncounted.filter(({ status }) => status !== 'not measured')).toEqual([
      {
        goal: 'a deploy within 2 x of the floor, wall time',
        bound: { atMost: 2 },
        figure: 4.5,
        status: 'missed',
      },
    ])
  })
})
