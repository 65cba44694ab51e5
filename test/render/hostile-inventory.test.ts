import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { loadInventory } from '../../src/inventory/load.ts'
import { InputError } from '../../src/lib/input-error.ts'
import type { Wanted } from '../../src/model/host.ts'
import { createRenderer } from '../../src/render/render.ts'
import type { Loaded } from './kernel.ts'
import { CAN_LOAD, load } from './kernel.ts'

const directory = mkdtempSync(join(tmpdir(), 'hostile-'))
const canary = join(directory, 'canary')
afterAll(() => {
  rmSync(directory, { recursive: true })
})

const PIECES = [
  ...[
    ' ',
    '"',
    "'",
    '\\',
    '\n',
    '\r',
    '\t',
    '\0',
    '\u0001',
    '\u001b[31m',
    '\u0085',
    '\u2028',
    '\u202e',
    '\ufeff',
    '\u061c',
    '\ud800',
  ],
  ...[
    '-j',
    '--',
    '-A INPUT',
    '-j ACCEPT',
    '-M',
    '--modprobe=x',
    '! ',
    '*nat',
    ':INPUT',
    'COMMIT',
    '#',
    ',',
    ':',
    '/',
    '[1:3]',
    '*',
  ],
  ...[
    `$(touch ${canary})`,
    `\`touch ${canary}\``,
    `;touch ${canary}`,
    `|touch ${canary}`,
    `\ntouch ${canary}\n`,
    '${IFS}',
    '%h',
    '~/',
  ],
  ...[
    '{{x}}',
    '{{vars.x}}',
    '{% x %}',
    '!!js',
    '!vault',
    '<<',
    '__proto__',
    'constructor',
    'yes',
    '022',
    '1_000',
    '2026-01-01',
    '1:30',
  ],
  ...['any', 'group:mail', 'а', '２５', '٣', 'smtp', '25', '192.0.2.1', 'a'],
] as const
const hostile = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 6 })
      .map((parts) => parts.join('')),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('a', '*', '"', '[', '-A INPUT ').map((text) => text.repeat(20_000)),
  },
)

interface Place {
  readonly vars?: Readonly<Record<string, unknown>>
  readonly host?: string
  readonly group?: string
}

/** Every place where an inventory takes a text, and a harmless text for it. */
const PLACES: Readonly<Record<string, readonly [harmless: string, place: (text: string) => Place]>> = {
  'a host name': ['mx1', (host) => ({ host })],
  'a group name': ['mail', (group) => ({ group })],
  ansible_host: ['192.0.2.9', (text) => ({ vars: { ansible_host: text } })],
  ansible_user: ['root', (text) => ({ vars: { ansible_user: text } })],
  ansible_port: ['22', (text) => ({ vars: { ansible_port: text } })],
  ansible_ssh_private_key_file: ['~/key', (text) => ({ vars: { ansible_ssh_private_key_file: text } })],
  ansible_ssh_common_args: ['-v', (text) => ({ vars: { ansible_ssh_common_args: text } })],
  ansible_password: ['x', (text) => ({ vars: { ansible_password: text } })],
  ansible_become_password: [
    'x',
    (text) => ({ vars: { ansible_become: true, ansible_become_password: text } }),
  ],
  ansible_become_user: ['root', (text) => ({ vars: { ansible_become: true, ansible_become_user: text } })],
  ansible_become_flags: ['-H', (text) => ({ vars: { ansible_become: true, ansible_become_flags: text } })],
  'a service': ['web', (text) => services({ [text]: { port: 8_080 } })],
  'a port': ['25', (text) => services({ web: { port: text } })],
  'a range of ports': ['25-30', (text) => services({ web: { ports: [text] } })],
  'a protocol': ['tcp', (text) => services({ web: { port: 1, protocol: text } })],
  'a source': ['192.0.2.1', (text) => services({ web: { port: 1, from: [text] } })],
  'a rate': ['30/minute', (text) => services({ web: { port: 1, limit: { rate: text, burst: 9 } } })],
  'connections at once': ['5', (text) => services({ web: { port: 1, connections: text } })],
  'a source of SSH': ['192.0.2.1', (text) => ({ vars: { mailfw_ssh: { from: text } } })],
  'a controller': ['192.0.2.1', (text) => ({ vars: { mailfw_controllers: text } })],
  'the blocklist': ['192.0.2.1', (text) => ({ vars: { mailfw_blocklist: [text] } })],
  'the name of a network': ['office', (text) => ({ vars: { mailfw_networks: { [text]: '192.0.2.1' } } })],
  'a network': ['192.0.2.1', (text) => ({ vars: { mailfw_networks: { office: text } } })],
  'an own address': ['192.0.2.1', (text) => ({ vars: { mailfw_addresses: text } })],
  'a policy': ['drop', (text) => ({ vars: { mailfw_policies: { input: text } } })],
  'a chain to preserve': ['x-*', (text) => ({ vars: { mailfw_preserve: { chains: [text] } } })],
  'a comment to preserve': ['x *', (text) => ({ vars: { mailfw_preserve: { comments: [text] } } })],
  'a directory of templates': ['.', (text) => ({ vars: { mailfw_templates: text } })],
  'the name of a variable': ['x', (text) => ({ vars: { [text]: 1 } })],
  'a variable': ['x', (text) => ({ vars: { x: text } })],
  'the name of a setting': ['x', (text) => ({ vars: { [`mailfw_${text}`]: 1 } })],
}

/** One that only changes whom and what a rule lets in may be any that is one. */
const VALUES = [
  'a port',
  'a range of ports',
  'a protocol',
  'a source',
  'a rate',
  'connections at once',
  'a source of SSH',
]
/** A host name may end in the port that we log in on. */
const MEANT = [...VALUES, 'a host name', 'a controller', 'the blocklist', 'a policy', 'ansible_port']

test.each(Object.keys(PLACES))(
  '%s is refused in a sentence, or changes no other word of the rules',
  async (name) => {
    const [harmless, place] = PLACES[name] ?? ['', () => ({})]
    const plain = await render(place(harmless))
    if (name !== 'a directory of templates' && name !== 'the name of a setting')
      expect(plain).not.toBeInstanceOf(InputError)
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const found = await render(place(text))
        expect(existsSync(canary)).toBe(false)
        if (found instanceof InputError) expectSentence(found)
        else if (!(plain instanceof InputError)) expectMeant(name, found, plain)
      }),
      { numRuns: 60 },
    )
  },
)

test.skipIf(!CAN_LOAD)(
  'the kernel reads no more out of a hostile inventory than out of a harmless one',
  async () => {
    const names = Object.keys(PLACES).filter((name) => !MEANT.includes(name))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), hostile, async (name, text) => {
        const [harmless, place] = PLACES[name] ?? ['', () => ({})]
        const [found, plain] = [await render(place(text)), await render(place(harmless))]
        if (found instanceof InputError || plain instanceof InputError) return
        const [loaded, expected] = [load(found.v4, 'v4', 'nft'), load(plain.v4, 'v4', 'nft')]
        expect(loaded.status).toBe(0)
        expect(shapeOf(loaded)).toEqual(shapeOf(expected))
        expect(existsSync(canary)).toBe(false)
      }),
      { numRuns: 30 },
    )
  },
)

function services(value: Readonly<Record<string, unknown>>): Place {
  return { vars: { mailfw_services: value } }
}

/** The rules of one host, or why there are none. JSON is YAML that holds any text. */
async function render({ vars = {}, host = 'mx1', group = 'mail' }: Place): Promise<Wanted | InputError> {
  const hosts = entry(host, {})
  const content = entry(group, { vars: { mailfw_services: { smtp: {} }, ...vars }, hosts })
  const file = join(directory, 'inventory.json')
  writeFileSync(file, JSON.stringify(content))
  try {
    const { hosts: loaded } = await loadInventory(file, { login: { become: false, connectSeconds: 10 } })
    const [first] = loaded
    return first === undefined
      ? new InputError([{ file, message: 'expected a host, got none' }])
      : createRenderer().render(first)
  } catch (error) {
    if (error instanceof InputError) return error
    throw error
  }
}

function entry(name: string, value: unknown): object {
  return Object.fromEntries([[name, value]])
}

function expectSentence({ message }: InputError): void {
  for (const line of message.split('\n')) {
    expect(line).toMatch(/: expected .*|: the template /)
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
    expect(line.length).toBeLessThan(2_000)
  }
}

/** Comments name hosts and services; where a text is a value of a rule only that value may be another. */
function expectMeant(name: string, found: Wanted, plain: Wanted): void {
  const [rules, meant] = [found, plain].map((wanted) => [wanted.v4, wanted.v6].map(rulesOf))
  if (MEANT.includes(name)) {
    const options = new Set((meant ?? []).flat(2).filter((word) => word.startsWith('-')))
    const others = (rules ?? [])
      .flat(2)
      .filter((word) => word.startsWith('-') && !KNOWN.has(word) && !options.has(word))
    expect(others).toEqual([])
  } else expect(rules).toEqual(meant)
}

const KNOWN = new Set(['-s', '-p', '-m', '--dport', '--dports', '--comment', '-j', '-A', '-i', '--tcp-flags'])

/** Words of our own tokenizer: what stands in double quotes is one, and hashes of names and names in comments are all alike. */
function rulesOf(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#') && line !== '')
    .map((line) => {
      const words = line.match(/"(?:[^"\\]|\\.)*"|[^ "]+/g) ?? []
      return words.map((word, index) => (words[index - 1] === '--comment' ? 'COMMENT' : word))
    })
}

function shapeOf({ saved }: Loaded): readonly (readonly (readonly string[])[])[] {
  return [rulesOf(saved.map((line) => line.replace(/\[\d+:\d+\]/, '')).join('\n'))]
}
