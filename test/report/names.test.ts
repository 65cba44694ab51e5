import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldNames, nameHeading } from '../../src/report/names.ts'

describe('host names', () => {
  const cases: readonly [readonly string[], readonly string[]][] = [
    [['mx1.example.net', 'mx2.example.net', 'mx3.example.net'], ['mx[1:3].example.net']],
    [
      ['mx1', 'mx2'],
      ['mx1', 'mx2'],
    ],
    [['mx08', 'mx09', 'mx10'], ['mx[08:10]']],
    [['mx8', 'mx9', 'mx10'], ['mx[8:10]']],
    [
      ['mx1', 'mx2', 'mx3', 'mx5', 'db', 'mx6', 'mx7'],
      ['mx[1:3]', 'mx[5:7]', 'db'],
    ],
    [
      ['dc1-mx1.x', 'dc1-mx2.x', 'dc1-mx3.x', 'dc2-mx4.x'],
      ['dc1-mx[1:3].x', 'dc2-mx4.x'],
    ],
    [
      ['192.0.2.1', '192.0.2.2', '192.0.2.3'],
      ['192.0.2.1', '192.0.2.2', '192.0.2.3'],
    ],
    [
      ['mx1', 'mx02', 'mx3'],
      ['mx1', 'mx02', 'mx3'],
    ],
  ]
  for (const [names, folded] of cases) {
    it(`${names.join(' ')} are written ${folded.join(' ')}`, () => {
      expect(foldNames(names)).toEqual(folded)
    })
  }

  it('are all there, each once, however they are folded', () => {
    const name = fc.stringMatching(/^[ab]{0,2}-?[0-9]{0,3}(\.x[0-9])?$/)
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 40 }), (names) => {
        expect(foldNames(names).flatMap(unfold).sort()).toEqual([...names].sort())
      }),
    )
  })

  it('move below the sentence where they fill more than a line', () => {
    const names = ['alpha', 'beta', 'gamma']
    expect(nameHeading(names, 30)).toEqual({ heading: '3 hosts: alpha, beta, gamma', below: [] })
    expect(nameHeading(names, 20)).toEqual({ heading: '3 hosts', below: ['alpha, beta, gamma'] })
  })
})

/** What a range of an inventory stands for. */
function unfold(text: string): string[] {
  const [, before = '', from = '', to = '', after = ''] = /^(.*)\[([0-9]+):([0-9]+)\](.*)$/s.exec(text) ?? []
  if (from === '') return [text]
  const width = from.startsWith('0') ? from.length : 0
  return Array.from(
    { length: Number(to) - Number(from) + 1 },
    (_, index) => `${before}${String(Number(from) + index).padStart(width, '0')}${after}`,
  )
}
