import fc from 'fast-check'
import { expect, test } from 'vitest'
import { InputError } from '../../src/lib/input-error.ts'
import type { Wanted } from '../../src/model/host.ts'
import { createRenderer } from '../../src/render/render.ts'
import { restoreWords } from '../../src/model/restore-words.ts'
import { CAN_LOAD, load } from './kernel.ts'
import type { HostCase } from './make-host.ts'
import { makeHost } from './make-host.ts'
import { templateDirectory } from './template-directory.ts'

/** Text that tries to be more than text: what ends a word, a quote, a line or a rule, in any order. */
const hostile = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc
    .array(
      fc.constantFrom(
        ' ',
        '"',
        "'",
        '\\',
        '\n',
        '\r',
        '\t',
        '\u0000',
        '\u0001',
        '\u0002',
        '\u0003',
        '-j',
        'ACCEPT',
        '-A',
        'INPUT',
        '!',
        '#',
        '*nat',
        ':INPUT',
        'COMMIT',
        '$(id)',
        '`id`',
        '{{x}}',
        'a',
        '\u2028',
        '٣',
        'а',
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join('')),
)

const renderer = createRenderer()

test('the name of a service is refused or is the comment of its rules, and changes nothing else', () => {
  const plain = rules(render({ services: { NAME: {} } }))
  fc.assert(
    fc.property(hostile, (name) => {
      const wanted = rendered({ services: { [name]: {} } })
      if (wanted === undefined) return
      const found = rules(wanted)
      expect(found).toEqual(plain.map((rule) => rule.map((word) => (word === 'NAME' ? name : word))))
    }),
    { numRuns: 1_000 },
  )
})

test('the address of a source is refused or is one word of its rule', () => {
  const network = { family: 'v4', prefix: 32 } as const
  const host = makeHost()
  const rendering = (address: string): Wanted | undefined =>
    attempt(() =>
      renderer.render({
        ...host,
        settings: {
          ...host.settings,
          blocklist: [{ ...network, address }],
          ssh: { ...host.settings.ssh, sources: [{ ...network, address }] },
        },
      }),
    )
  const plain = rules(rendering('192.0.2.66'))
  fc.assert(
    fc.property(hostile, (address) => {
      const wanted = rendering(address)
      if (wanted === undefined) return
      expect(rules(wanted)).toEqual(
        plain.map((rule) => rule.map((word) => word.replace('192.0.2.66', () => address))),
      )
    }),
    { numRuns: 1_000 },
  )
})

test('an extra rule is refused or is one line, and that line is the rule', () => {
  const plain = render({}).v4.split('\n')
  fc.assert(
    fc.property(
      fc.oneof(
        hostile,
        hostile.map((text) => `-A INPUT ${text}`),
      ),
      (rule) => {
        const wanted = rendered({ extraRules: { v4: [rule] } })
        if (wanted === undefined) return
        const added = wanted.v4.split('\n').filter((line) => !plain.includes(line))
        expect(added).toEqual(['# The rules of mailfw_extra_rules', rule])
        expect(restoreWords(rule)?.[0]).toBe('-A')
      },
    ),
    { numRuns: 1_000, examples: [['-A INPUT  #"'], ['-A INPUT -j ACCEPT # "']] },
  )
})

test("a variable of one's own is refused or is one word where it stands", () => {
  const lines = [
    '# {{vars.x}}',
    '-A INPUT -i {{vars.x}} -j ACCEPT',
    '-A INPUT --comment "a {{vars.x}} b"',
    '-A INPUT {{comment vars.x}}',
    '-A INPUT -i a{{vars.x}}',
  ]
  for (const line of lines) {
    const templates = templateDirectory({ 'rules.v4.hbs': `*filter\n${line}\nCOMMIT\n` })
    fc.assert(
      fc.property(hostile, (x) => {
        const wanted = rendered({ templates, vars: { x } })
        if (wanted === undefined) return
        const expected = restoreWords(
          line.replace('{{comment vars.x}}', '-m comment --comment X').replace('{{vars.x}}', 'X'),
        )
        if (line.startsWith('#')) expect(wanted.v4).toBe(`*filter\n# ${x}\nCOMMIT\n`)
        else expect(rules(wanted)[0]).toHaveLength(expected?.length ?? 0)
        expect(wanted.v4.split('\n')).toHaveLength(4)
      }),
      { numRuns: 500 },
    )
  }
})

test('a host that names of every kind give text to is rendered the same again', () => {
  fc.assert(
    fc.property(hostile, hostile, (name, group) => {
      const host = { name, groups: [group], services: { [group]: {} } }
      expect(rendered(host)).toEqual(rendered(host))
      expect(rendered(host)?.v4.split('\n').length ?? 0).toBeLessThan(40)
    }),
  )
})

test.skipIf(!CAN_LOAD)('the kernel reads back the name of a service as it was meant', () => {
  fc.assert(
    fc.property(hostile, (name) => {
      const wanted = rendered({ services: { [name]: {} } })
      if (wanted === undefined) return
      const { status, saved } = load(wanted.v4, 'v4', 'nft')
      expect(status).toBe(0)
      expect(restoreWords(saved.find((line) => line.includes('--dport 1 ')) ?? '')).toContain(name)
    }),
    { numRuns: 25 },
  )
})

function render(host: HostCase): Wanted {
  return renderer.render(makeHost(host))
}

function rendered(host: HostCase): Wanted | undefined {
  return attempt(() => render(host))
}

function attempt(make: () => Wanted): Wanted | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof InputError) return undefined
    throw error
  }
}

/** The rules as their words; a text that holds anything else is no result. */
function rules(wanted: Wanted | undefined): string[][] {
  if (wanted === undefined) throw new Error('nothing was rendered')
  return wanted.v4
    .split('\n')
    .filter((line) => line.startsWith('-'))
    .map((line) => restoreWords(line) ?? [])
}
