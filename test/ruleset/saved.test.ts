import { describe, expect, it } from 'vitest'
import type { SavedInput, Spelled } from '../../src/ruleset/saved.ts'
import { savedChanges } from '../../src/ruleset/saved.ts'

const text = (...lines: readonly string[]) => `*filter\n${lines.map((line) => `${line}\n`).join('')}COMMIT\n`

const wanted: Spelled = {
  written: text(
    ':INPUT DROP',
    ':mail -',
    '-A INPUT -p tcp --dport 25 -j mail',
    '-A INPUT -s 192.0.2.1,192.0.2.2 -j ACCEPT',
    '-A mail -j ACCEPT',
  ),
  printed: text(
    ':INPUT DROP [0:0]',
    ':FORWARD ACCEPT [0:0]',
    ':mail - [0:0]',
    '-A INPUT -p tcp -m tcp --dport 25 -j mail',
    '-A INPUT -s 192.0.2.1/32 -j ACCEPT',
    '-A INPUT -s 192.0.2.2/32 -j ACCEPT',
    '-A mail -j ACCEPT',
  ),
}

/** `host - -A INPUT …`, a line each. */
function changes(saved: string | undefined, confirmed: SavedInput['confirmed'] = wanted): readonly string[] {
  return savedChanges({ saved, wanted, confirmed }).map(({ line, by }) => `${by} ${line}`)
}

describe('a saved file', () => {
  it.each([
    ['as it was written', wanted.written],
    ['as iptables-save prints it', wanted.printed],
    ['with counters', wanted.printed.replaceAll('[0:0]', '[7:420]').replaceAll('-A', '[1:60] -A')],
    ['with comments', wanted.written.replace('*filter', '# mine\n*filter\n# and this')],
    [
      'in both spellings at once',
      wanted.written.replace('-A INPUT -p tcp --dport 25', '-A INPUT -p tcp -m tcp --dport 25'),
    ],
    ['with its declarations in another order', wanted.written.replace(/(:INPUT.*\n)(:mail.*\n)/, '$2$1')],
    ['with an empty table more', `*nat\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n${wanted.written}`],
  ])('does not differ %s', (_how, saved) => {
    expect(changes(saved)).toEqual([])
  })

  it.each([
    ['a rule more', wanted.written.replace('COMMIT', '-A INPUT -j LOG\nCOMMIT'), ['- -A INPUT -j LOG']],
    [
      'another program in it',
      wanted.printed
        .replace(':mail', ':f2b-x - [0:0]\n:mail')
        .replace('-A INPUT', '-A INPUT -j f2b-x\n-A INPUT'),
      ['- :f2b-x -', '- -A INPUT -j f2b-x'],
    ],
    [
      'a rule less',
      wanted.written.replace('-A INPUT -p tcp --dport 25 -j mail\n', ''),
      ['+ -A INPUT -p tcp -m tcp --dport 25 -j mail'],
    ],
    [
      'one address less',
      wanted.written.replace('-s 192.0.2.1,', '-s '),
      [
        '- -A INPUT -s 192.0.2.2 -j ACCEPT',
        '+ -A INPUT -s 192.0.2.1/32 -j ACCEPT',
        '+ -A INPUT -s 192.0.2.2/32 -j ACCEPT',
      ],
    ],
    ['another policy', wanted.written.replace('DROP', 'ACCEPT'), ['- :INPUT ACCEPT', '+ :INPUT DROP']],
    ['a policy less', wanted.written.replace(':INPUT DROP\n', ''), ['- :INPUT ACCEPT', '+ :INPUT DROP']],
    [
      'a table more',
      `*nat\n:x -\n-A POSTROUTING -j x\nCOMMIT\n${wanted.written}`,
      ['- :x -', '- -A POSTROUTING -j x'],
    ],
    [
      'a table less',
      '*nat\nCOMMIT\n',
      [
        '- :INPUT ACCEPT',
        '+ :INPUT DROP',
        '+ :mail -',
        '+ -A INPUT -p tcp -m tcp --dport 25 -j mail',
        '+ -A INPUT -s 192.0.2.1/32 -j ACCEPT',
        '+ -A INPUT -s 192.0.2.2/32 -j ACCEPT',
        '+ -A mail -j ACCEPT',
      ],
    ],
  ])('with %s differs in just that, in the words of iptables', (_what, saved, expected) => {
    expect(changes(saved)).toEqual(expected.map((line) => `host ${line}`))
  })

  it('that is not there lacks every line', () => {
    expect(changes(undefined)).toEqual(
      [
        '+ :INPUT DROP',
        '+ :FORWARD ACCEPT',
        '+ :mail -',
        '+ -A INPUT -p tcp -m tcp --dport 25 -j mail',
        '+ -A INPUT -s 192.0.2.1/32 -j ACCEPT',
        '+ -A INPUT -s 192.0.2.2/32 -j ACCEPT',
        '+ -A mail -j ACCEPT',
      ].map((line) => `host ${line}`),
    )
  })

  it.each([
    ['garbage', '#!/bin/sh\nexit 0\n', 'line 2: expected a table such as "*filter", got "exit 0"'],
    [
      'cut short',
      wanted.written.replace('COMMIT\n', ''),
      'line 6: expected "COMMIT" at the end of the table filter',
    ],
  ])('that is no ruleset is said to be none, with the line at fault: %s', (_what, saved, fault) => {
    const [first, ...others] = changes(saved)
    expect(first).toBe(`host # the saved file is no ruleset: ${fault}`)
    expect(others).toEqual(changes(undefined))
  })

  it('has its causes from what was confirmed, in whichever spelling', () => {
    const former: Spelled = {
      written: wanted.written.replace('--dport 25', '--dport 26'),
      printed: wanted.printed.replace('--dport 25', '--dport 26'),
    }
    for (const base of [former.written, former.printed]) {
      expect(changes(base.replace('COMMIT', '-A mail -j LOG\nCOMMIT'), former)).toEqual([
        'wanted - -A INPUT -p tcp -m tcp --dport 26 -j mail',
        'wanted + -A INPUT -p tcp -m tcp --dport 25 -j mail',
        'host - -A mail -j LOG',
      ])
    }
  })

  it('differs because of what is wanted where nothing was confirmed', () => {
    const all = savedChanges({ saved: '*nat\n-A OUTPUT -j LOG\nCOMMIT\n', wanted, confirmed: undefined })
    expect(new Set(all.map(({ by }) => by))).toEqual(new Set(['wanted']))
  })

  it('is compared in its own words where it is not known which rule is printed how', () => {
    const unpaired = { written: text('-A INPUT --odd'), printed: text('-A INPUT a', '-A INPUT b') }
    for (const saved of Object.values(unpaired)) {
      expect(savedChanges({ saved, wanted: unpaired, confirmed: unpaired })).toEqual([])
    }
    expect(savedChanges({ saved: text('-A INPUT b'), wanted: unpaired, confirmed: unpaired })).toEqual([
      { table: 'filter', line: '+ -A INPUT a', by: 'host' },
    ])
  })

  it.each(['none', 'all'])('of 90,000 lines of which %s are as wanted is compared quickly', (which) => {
    const rules = (mark: string) =>
      text(
        ...Array.from(
          { length: 90_000 },
          (_, index) => `-A INPUT -s 10.${index >> 16}.${(index >> 8) & 255}.${index & 255}/32 -j ${mark}`,
        ),
      )
    const long = { written: rules('DROP'), printed: rules('DROP') }
    const saved = which === 'all' ? `# mine\n${long.written}` : rules('ACCEPT')
    const start = process.cpuUsage()
    const all = savedChanges({
      saved,
      wanted: long,
      confirmed: { written: rules('LOG'), printed: rules('LOG') },
    })
    expect(process.cpuUsage(start).user / 1_000).toBeLessThan(3_000)
    expect(all).toHaveLength(which === 'all' ? 0 : 180_000)
  })
})
