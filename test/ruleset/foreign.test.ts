import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DEFAULT_PRESERVE } from '../../src/model/foreign.ts'
import { foreignPattern } from '../../src/ruleset/foreign.ts'
import { AWKS, GREPS, output } from './awks.ts'

const NOTHING = { chains: [], sets: [], lists: [], interfaces: [], comments: [], rules: [] }

const CASES = [
  { file: 'foreign.txt', pattern: foreignPattern(DEFAULT_PRESERVE) },
  {
    file: 'foreign-globs.txt',
    pattern: foreignPattern({
      chains: ['a.b+c(d)[e]{f}^g|h$i\\j', '*END', '?j', 'q?z'],
      sets: ['a.b'],
      lists: ['(x)'],
      interfaces: ['eth0.*'],
      comments: ['managed', 'kept by "us"* \\ \'them\''],
      rules: [],
    }),
  },
  {
    file: 'foreign-shapes.txt',
    pattern: foreignPattern({
      ...NOTHING,
      rules: [
        '-A INPUT -s ADDRESS -j REJECT',
        '-A INPUT -p tcp --source ADDRESS --dport PORT -j ACCEPT',
        '-A INPUT -p udp -i INTERFACE -m multiport --dports PORT -j ACCEPT',
        '-A FORWARD ! -d 10.8.0.0/24 -s 10.8.0.1 -j ACCEPT',
        '-A OUTPUT -m comment --comment "a.b (c) \\"-s\\"" -j LOG --log-prefix "x* "',
        '-A INPUT -s ADDRESS/24 -m time --timestop ADDRESS -j a.b+c^',
      ],
    }),
  },
]

describe.each(CASES)('the pattern for $file', ({ file, pattern }) => {
  const cases = readFileSync(`${import.meta.dirname}/../cases/ruleset/${file}`, 'utf8')
    .trimEnd()
    .split('\n')
  const lines = cases.map((each) => `${each.slice(8)}\n`)
  const foreign = cases.filter((each) => each.startsWith('foreign ')).map((each) => `${each.slice(8)}\n`)

  it('is understood by JavaScript', () => {
    expect(lines.filter((line) => new RegExp(pattern).test(line.trimEnd()))).toEqual(foreign)
  })

  it.each(AWKS.map((words) => words.join(' ')))('is understood by %s', (awk) => {
    const program = '$0 ~ ENVIRON["FOREIGN"] { print }'
    expect(output([...awk.split(' '), program], lines.join(''), { FOREIGN: pattern })).toBe(foreign.join(''))
  })

  it.each(GREPS.map((words) => words.join(' ')))('is understood by %s -E', (grep) => {
    expect(output([...grep.split(' '), '-E', '-e', pattern], lines.join(''))).toBe(foreign.join(''))
  })
})

describe('the pattern', () => {
  it('matches nothing where nothing is preserved', () => {
    expect(new RegExp(foreignPattern(NOTHING)).test('-A INPUT -j f2b-sshd')).toBe(false)
  })

  it('knows kinds of names on their own', () => {
    const sets = new RegExp(foreignPattern({ ...NOTHING, sets: ['a'] }))
    expect(sets.test('-A INPUT -m set --match-set a src -j DROP')).toBe(true)
    expect(sets.test('-A a -j DROP')).toBe(false)
    const chains = new RegExp(foreignPattern({ ...NOTHING, chains: ['a'] }))
    expect(chains.test('-A INPUT -m set --match-set a src -j DROP')).toBe(false)
    expect(chains.test('-A a -j DROP')).toBe(true)
  })

  it('takes no long time for a long line that does not match', () => {
    const line = `-A INPUT ${'-m recent --name x -i eth0 -m comment --comment "-j f2b-x" '.repeat(50)}-j ACCEPT`
    const start = process.cpuUsage()
    expect(new RegExp(foreignPattern(DEFAULT_PRESERVE)).test(line)).toBe(false)
    expect(process.cpuUsage(start).user / 1_000).toBeLessThan(200)
  })
})
