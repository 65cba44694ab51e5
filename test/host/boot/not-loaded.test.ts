import { describe, expect, it } from 'vitest'
import { notLoadedAtBoot } from '../../../src/host/boot/not-loaded.ts'
import type { Examination } from '../../../src/remote/examine.ts'
import { examinationWith, familyWith } from '../examination.ts'

const OURS = '*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp -m tcp --dport 25 -j ACCEPT\nCOMMIT\n'
const EMPTY = '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -s 192.0.2.9/32 -j DROP\nCOMMIT\n'
const NOW = Date.parse('2026-01-01T12:00:00Z')

const isNotLoaded = (live: string, more: Partial<Examination>) =>
  notLoadedAtBoot(
    examinationWith({
      bootId: 'new',
      askedAt: NOW,
      uptimeSeconds: 600,
      families: { v4: familyWith({ live, former: OURS }) },
      ...more,
    }),
    'v4',
  )

describe('rules that the last boot did not load', () => {
  it.each([
    ['the boot of the receipt is another one', EMPTY, { n: 1, boot: 'old' }, true],
    ['a rule of ours is live', OURS, { n: 1, boot: 'old' }, false],
    ['the boot is that of the receipt', EMPTY, { n: 1, boot: 'new' }, false],
    ['an old receipt is from before the boot', EMPTY, { n: 1, at: '2026-01-01T11:00:00Z' }, true],
    ['an old receipt is from after the boot', EMPTY, { n: 1, at: '2026-01-01T11:55:00Z' }, false],
  ])('are told from those that somebody took away: %s', (_, live, receipt, expected) => {
    expect(isNotLoaded(live, { receipt })).toBe(expected)
  })

  it('are none before the first deploy, or if the generation has no rule', () => {
    expect(isNotLoaded(EMPTY, {})).toBe(false)
    const families = { v4: familyWith({ live: EMPTY, former: '*filter\n:INPUT DROP [0:0]\nCOMMIT\n' }) }
    expect(isNotLoaded(EMPTY, { receipt: { n: 1, boot: 'old' }, families })).toBe(false)
  })
})
