import { expect, it } from 'vitest'
import { printedWords } from '../../src/ruleset/printed-words.ts'

it('pairs what was written with what iptables prints, one rule for each pair of addresses', () => {
  const written = [
    '-p tcp --dport 25 -j ACCEPT',
    '-s 192.0.2.1,192.0.2.2 -d 198.51.100.1,198.51.100.2 -m comment --comment "-s 1,2,3" -j DROP',
    '-j LOG',
  ]
  const printed = ['A', 'B1', 'B2', 'B3', 'B4', 'C']
  expect([...printedWords(written, printed).values()]).toEqual([['A'], ['B1', 'B2', 'B3', 'B4'], ['C']])
})

it('pairs nothing where the numbers do not agree', () => {
  expect(printedWords(['-s 192.0.2.1,192.0.2.2 -j DROP'], ['A']).size).toBe(0)
})
