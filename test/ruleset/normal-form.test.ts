import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalForm } from '../../src/ruleset/normal-form.ts'
import { arbitraryRuleset } from './arbitrary-ruleset.ts'
import { AWKS, output } from './awks.ts'
import { FOREIGN, TRANSACTION_CASES } from './transaction-cases.ts'

const AWK = `${import.meta.dirname}/../cases/ruleset/normal-form.awk`

const SAVED = readFileSync(`${import.meta.dirname}/../cases/ruleset/saved-with-counters.rules`, 'utf8')

const TEXTS = ['', SAVED, ...TRANSACTION_CASES.flatMap((each) => [each.live, each.wanted])]

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

  it.each(AWKS.map((words) => words.join(' ')))('is what a host computes with %s', (awk) => {
    const compare = (text: string, tables: readonly string[]) => {
      const environment = { TABLES: tables.join(' '), FOREIGN }
      const facts = output([...awk.split(' '), '-f', AWK], text, environment)
      expect(output(['sort'], facts)).toBe(normalForm(text, { tables, foreign: FOREIGN }))
    }
    for (const text of TEXTS) compare(text, ['nat', 'filter'])
    for (const tables of [['filter'], ['raw', 'filter'], []]) compare(SAVED, tables)
    fc.assert(
      fc.property(arbitraryRuleset('v4', { foreign: true }), (text) => {
        compare(text, ['filter', 'mangle'])
      }),
      { numRuns: 10 },
    )
  })
})
