import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { normalForm } from '../../src/ruleset/normal-form.ts'
import { FOREIGN } from './transaction-cases.ts'

const SAVED = readFileSync(`${import.meta.dirname}/../cases/ruleset/saved-with-counters.rules`, 'utf8')

describe('the normal form', () => {
  it('has a line for every fact that is ours', async () => {
    const form = normalForm(SAVED, { tables: ['filter', 'nat'], foreign: FOREIGN })
    await expect(form).toMatchFileSnapshot('../cases/ruleset/saved-with-counters.golden')
  })

  it('takes an absent table for an empty one that accepts', () => {
    const empty = '*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [7:9]\nCOMMIT\n'
    expect(normalForm(empty, { tables: ['nat'], foreign: FOREIGN })).toBe('')
    expect(normalForm('', { tables: ['nat'], foreign: FOREIGN })).toBe('')
  })

  it('does not depend on the order of chains', () => {
    const [one, other] = [':a - [0:0]\n:b - [0:0]\n-A a\n-A b\n', ':b - [0:0]\n:a - [0:0]\n-A b\n-A a\n'].map(
      (lines) => normalForm(`*filter\n${lines}COMMIT\n`, { tables: ['filter'], foreign: FOREIGN }),
    )
    expect(one).toBe(other)
  })
})
