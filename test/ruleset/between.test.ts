import { expect, it } from 'vitest'
import { linesBetween } from '../../src/ruleset/between.ts'

const table = (name: string, ...lines: readonly string[]): string =>
  [`*${name}`, ...lines, 'COMMIT', ''].join('\n')

const BEFORE = table(
  'filter',
  ':INPUT ACCEPT [0:0]',
  '-A INPUT -s 192.0.2.1/32 -j DROP',
  '-A INPUT -p udp -j DROP',
)
const AFTER = table(
  'filter',
  ':INPUT DROP [7:8]',
  ':mine - [0:0]',
  '-A INPUT -p udp -j DROP',
  '-A mine -j RETURN',
)

it('tells what went and what came, table by table', () => {
  const nat = table('nat', ':OUTPUT ACCEPT [0:0]', '-A OUTPUT -j RETURN')
  expect(linesBetween(BEFORE + nat, AFTER)).toEqual([
    '*nat',
    '- -A OUTPUT -j RETURN',
    '*filter',
    '- :INPUT ACCEPT',
    '+ :INPUT DROP',
    '+ :mine -',
    '- -A INPUT -s 192.0.2.1/32 -j DROP',
    '+ -A mine -j RETURN',
  ])
})

it('tells nothing where only counters differ', () => {
  expect(linesBetween(AFTER, AFTER.replaceAll('[0:0]', '[5:6]'))).toEqual([])
})

it('does not take long over rulesets that have nothing in common', () => {
  const many = (prefix: string) =>
    table(
      'filter',
      ':INPUT ACCEPT [0:0]',
      ...Array.from({ length: 20_000 }, (_, n) => `-A INPUT -m comment --comment ${prefix}${n}`),
    )
  expect(linesBetween(many('a'), many('b'))).toHaveLength(40_001)
})
