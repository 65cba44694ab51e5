import { describe, expect, it } from 'vitest'
import { linesBetween } from '../../src/ruleset/between.ts'

describe('the lines between two rulesets', () => {
  it('are what went and what came, table by table', () => {
    const nat = '*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n'
    expect(linesBetween(`${nat}${accepting([22, 25])}`, accepting([22, 993]))).toEqual([
      '*filter',
      '- -A INPUT -p tcp --dport 25 -j ACCEPT',
      '+ -A INPUT -p tcp --dport 993 -j ACCEPT',
      '*nat',
      '- :POSTROUTING ACCEPT',
      '- -A POSTROUTING -j MASQUERADE',
    ])
  })

  it('are told in time also of two that a hostile host makes as different as can be', () => {
    const numbers = Array.from({ length: 20_000 }, (_, index) => index)
    const before = accepting(numbers)
    const after = accepting(numbers.map((number) => number + numbers.length))
    const started = performance.now()
    expect(linesBetween(before, after)).toHaveLength(1 + 2 * numbers.length)
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})

function accepting(ports: readonly number[]): string {
  const rules = ports.map((port) => `-A INPUT -p tcp --dport ${port} -j ACCEPT\n`).join('')
  return `*filter\n:INPUT DROP [0:0]\n${rules}COMMIT\n`
}
