import { describe, expect, it } from 'vitest'
import { lintRuleset } from '../../src/ruleset/lint.ts'
import { FOREIGN } from './transaction-cases.ts'

describe('lint', () => {
  it('has nothing to say of addresses and networks', () => {
    const text = `*filter
:INPUT DROP [0:0]
-A INPUT -s 192.0.2.1 -j ACCEPT
-A INPUT ! -s 192.0.2.0/24,198.51.100.0/255.255.255.0 --destination 10.0.0.1 -j ACCEPT
-A INPUT -s 2001:db8::/32 -m comment --comment "-s example.org" -j ACCEPT
COMMIT
`
    expect(lintRuleset(text, FOREIGN)).toEqual([])
  })

  it.each(['-s', '-d', '--source', '--destination', '--src', '--dst'])(
    'finds a host name after %s',
    (option) => {
      const text = `*filter\n-A INPUT ${option} 192.0.2.1,mx.example.org/24 -j ACCEPT\nCOMMIT\n`
      expect(lintRuleset(text, FOREIGN)).toEqual([
        {
          line: 2,
          message: `expected an address or network after ${option}, got "mx.example.org/24"; host names cannot be looked up at boot`,
        },
      ])
    },
  )

  it('finds a chain that belongs to another program', () => {
    const text = '*filter\n:DOCKER-USER - [0:0]\n-A DOCKER-USER -j DROP\nCOMMIT\n'
    expect(lintRuleset(text, FOREIGN)).toEqual([
      {
        line: 2,
        message: 'the chain DOCKER-USER belongs to another program by mailfw_preserve; expected another name',
      },
    ])
  })

  it('finds what is no rules file', () => {
    expect(lintRuleset('*filter\n', FOREIGN)).toEqual([
      { line: 1, message: 'expected "COMMIT" at the end of the table filter' },
    ])
  })
})
