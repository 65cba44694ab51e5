import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Shares } from '../../src/fleet/batches.ts'
import { defaultShares, makeBatches } from '../../src/fleet/batches.ts'
import type { Apart, HostShare } from '../../src/model/rollout.ts'

const ALL: HostShare = { kind: 'percent', percent: 100 }
const hosts = (count: number): HostShare => ({ kind: 'hosts', count })
const percent = (share: number): HostShare => ({ kind: 'percent', percent: share })

function names(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `mx${index + 1}`)
}

function sizes(count: number, shares: Shares): readonly number[] {
  return makeBatches(names(count), { shares, apart: [], total: count }).map((batch) => batch.length)
}

describe('batches', () => {
  it('have the sizes that they were given, the last for all that come after', () => {
    expect(sizes(20, [hosts(1), percent(10), percent(50), ALL])).toEqual([1, 2, 10, 7])
    expect(sizes(7, [hosts(3)])).toEqual([3, 3, 1])
    expect(sizes(7, [hosts(3), hosts(1)])).toEqual([3, 1, 1, 1, 1])
    expect(sizes(3, [hosts(5)])).toEqual([3])
    expect(sizes(0, [ALL])).toEqual([])
  })

  it('of a percentage are rounded down, and of at least one host', () => {
    expect(sizes(19, [percent(10), ALL])).toEqual([1, 18])
    expect(sizes(5, [percent(1)])).toEqual([1, 1, 1, 1, 1])
  })

  it('are by default one, behind a single host where more than 10 are selected', () => {
    expect(sizes(10, defaultShares(10))).toEqual([10])
    expect(sizes(11, defaultShares(11))).toEqual([1, 10])
  })

  it('take percentages of what was selected, also where not all of it is to be changed', () => {
    const batches = makeBatches(names(6), { shares: [percent(10), ALL], apart: [], total: 40 })
    expect(batches.map((batch) => batch.length)).toEqual([4, 2])
  })

  it('never hold all hosts of a group that is to be apart', () => {
    const apart: Apart[] = [
      { group: 'mx', hosts: ['mx1', 'mx2'] },
      { group: 'store', hosts: ['store1', 'store2', 'store3'] },
    ]
    const all = ['mx1', 'mx2', 'store1', 'store2', 'store3', 'web']
    expect(makeBatches(all, { shares: [ALL], apart, total: 6 })).toEqual([
      ['mx1', 'store1', 'store2', 'web'],
      ['mx2', 'store3'],
    ])
  })

  it('may hold a group of one host, and what is selected of a group that has others', () => {
    const apart: Apart[] = [
      { group: 'alone', hosts: ['mx1'] },
      { group: 'mx', hosts: ['mx2', 'mx3', 'elsewhere'] },
    ]
    expect(makeBatches(names(3), { shares: [ALL], apart, total: 3 })).toEqual([['mx1', 'mx2', 'mx3']])
  })

  it('hold each host once, in its order where nothing has to be apart, whatever is asked for', () => {
    const share = fc.oneof(
      fc.integer({ min: 1, max: 9 }).map(hosts),
      fc.integer({ min: 1, max: 100 }).map(percent),
    )
    const group = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 12 })
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 12 }),
        fc.tuple(share, fc.array(share, { maxLength: 4 })),
        fc.array(group, { maxLength: 4 }),
        (count, [first, others], groups) => {
          const apart = groups.map((members, index) => ({
            group: `g${index}`,
            hosts: members.map((number) => `mx${number}`),
          }))
          const batches = makeBatches(names(count), { shares: [first, ...others], apart, total: count })
          expect(batches.flat().toSorted()).toEqual(names(count).toSorted())
          for (const batch of batches) {
            expect(batch.length).toBeGreaterThan(0)
            expect(batch).toEqual(names(count).filter((name) => batch.includes(name)))
            for (const { hosts: members } of apart.filter((each) => each.hosts.length > 1))
              expect(members.every((member) => batch.includes(member))).toBe(false)
          }
          if (groups.length === 0) expect(batches.flat()).toEqual(names(count))
        },
      ),
    )
  })
})
