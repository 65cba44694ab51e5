import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatRuleset, parseRuleset, RulesetError } from '../../src/ruleset/parse.ts'
import { arbitraryRuleset } from './arbitrary-ruleset.ts'

const SAVED = readFileSync(`${import.meta.dirname}/../cases/ruleset/saved-with-counters.rules`, 'utf8')

describe('a ruleset', () => {
  it('is read from what iptables-save prints, without counters and comments', () => {
    const [nat, filter] = parseRuleset(SAVED)
    expect(nat?.chains).toEqual([
      { name: 'PREROUTING', policy: 'ACCEPT', rules: ['-m addrtype --dst-type LOCAL -j DOCKER'] },
      { name: 'POSTROUTING', policy: 'ACCEPT', rules: ['-s 10.0.0.0/8 -o eth0 -j MASQUERADE'] },
      { name: 'DOCKER', policy: undefined, rules: [] },
    ])
    expect(filter?.chains.map((chain) => [chain.name, chain.policy, chain.rules.length])).toEqual([
      ['INPUT', 'DROP', 5],
      ['FORWARD', 'ACCEPT', 0],
      ['OUTPUT', 'ACCEPT', 0],
      ['f2b-sshd', undefined, 1],
      ['mail', undefined, 1],
      ['mail-2', undefined, 1],
    ])
  })

  it('may use a chain before it declares it, and a built-in chain without declaring it', () => {
    expect(parseRuleset('*filter\n-A INPUT -j a\n-A a -j DROP\n:a - [0:0]\nCOMMIT\n')).toEqual([
      {
        name: 'filter',
        chains: [
          { name: 'INPUT', policy: 'ACCEPT', rules: ['-j a'] },
          { name: 'a', policy: undefined, rules: ['-j DROP'] },
        ],
      },
    ])
  })

  it('may have anything but a newline in a comment', () => {
    const rule = '-m comment --comment "a\rb\u2028c" -j DROP'
    const [table] = parseRuleset(`*filter\n:INPUT ACCEPT\n-A INPUT ${rule}\nCOMMIT\n`)
    expect(table?.chains[0]?.rules).toEqual([rule])
  })

  it('survives writing and reading', () => {
    fc.assert(
      fc.property(arbitraryRuleset('v4', { foreign: true }), (text) => {
        expect(formatRuleset(parseRuleset(text))).toBe(text)
      }),
    )
  })

  it.each([
    ['*filter\n:INPUT ACCEPT [0:0]\nCOMMIT', 3, 'a newline at the end'],
    ['*filter\n:INPUT ACCEPT [0:0]\n', 2, '"COMMIT" at the end of the table filter'],
    ['*filter\nCOMMIT\n*filter\nCOMMIT\n', 3, 'the table filter stands here twice'],
    ['*filter\n:a - [0:0]\n:a - [0:0]\nCOMMIT\n', 3, 'the chain a is declared twice'],
    ['*filter\n-A INPUT -j DROP\n-A a -j DROP\nCOMMIT\n', 3, 'the chain a is not declared'],
    ['*filter\n-I INPUT -j DROP\nCOMMIT\n', 2, 'got "-I INPUT -j DROP"'],
    ['*filter\r\nCOMMIT\n', 1, 'expected a table'],
    ['*filter\nCOMMIT \n', 2, 'got "COMMIT "'],
    ['-A INPUT -j DROP\n', 1, 'expected a table such as "*filter", got "-A INPUT -j DROP"'],
    ['iptables-save: not found\n', 1, 'expected a table'],
  ])('is refused with its line where the text is no ruleset: %j', (text, line, message) => {
    const read = () => parseRuleset(text)
    expect(read).toThrow(RulesetError)
    expect(read).toThrow(new RegExp(`^line ${line}: .*`))
    expect(read).toThrow(message)
  })
})
