import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseYaml } from '../../src/inventory/yaml-document.ts'

const hasPyYaml = spawnSync('python3', ['-c', 'import yaml']).status === 0

/** What its expressions for numbers, truth values and dates are made of. */
const WORD = fc.string({
  unit: fc.constantFrom(...Array.from('0123456789001_:.+-eExXbfoOnNaAtT~')),
  minLength: 1,
  maxLength: 9,
})
const KNOWN = fc.constantFrom(
  ...[
    '02:42:10:11:00:02',
    '1:30',
    '1:60',
    '0644',
    '08',
    '0o17',
    '1_000',
    '0x1F',
    '0b11',
    '1e3',
    '1.5e+3',
    '.5',
  ],
  ...[
    '.inf',
    '-.INF',
    '.nan',
    '~',
    'Null',
    'yes',
    'Off',
    'y',
    'tRue',
    '2001-12-14',
    '1:2:3.5',
    '0:0',
    '._1',
    '-.5',
  ],
  ...['9007199254740993', '0xFFFFFFFFFFFFFFFFFF', '+', '-', '1.2.3.4', '10:11', '::1', 'fe80::1', ''],
)
/** Without templates, anchors, tags, lists and maps, and what PyYAML alone takes for a comment: `"text"#`. */
const TEXT = fc
  .string({ unit: fc.constantFrom(...Array.from('ab 0:#,-\'"\\\t[]{}?!&*|>%@`n')), maxLength: 12 })
  .filter((text) => !/\{[{%]|["']#|^\s*[!&*[{]/.test(text))
const TAGGED = fc
  .tuple(fc.constantFrom('!!int', '!!float', '!!str'), fc.oneof(WORD, KNOWN))
  .map((words) => words.join(' '))
const BLOCK = fc
  .tuple(fc.constantFrom('|', '>', '|-', '>-', '|+', '>+'), fc.array(TEXT, { minLength: 1, maxLength: 4 }))
  .map(([sign, lines]) => `${sign}\n${lines.map((line) => `  ${line}`).join('\n')}`)

const SCALAR = fc.oneof(
  { weight: 4, arbitrary: WORD },
  KNOWN,
  TEXT,
  TEXT.map((text) => `"${text}"`),
  TEXT.map((text) => `'${text}'`),
  TAGGED,
  BLOCK,
)

test.skipIf(!hasPyYaml)(
  'reads every scalar that PyYAML reads, and as PyYAML does',
  { timeout: 60_000 },
  () => {
    const texts = fc.sample(SCALAR, 4_000)
    const theirs = askPyYaml(texts)
    const differing = texts.flatMap((text, index) => {
      const expected = theirs[index]
      const found = expected == null ? undefined : ours(text, expected)
      return expected == null || found === expected[1] ? [] : [{ text, expected, found }]
    })
    expect(differing.slice(0, 10)).toEqual([])
  },
)

type Told = readonly [kind: string, value: string] | null

function askPyYaml(texts: readonly string[]): readonly Told[] {
  const script = join(import.meta.dirname, 'pyyaml-oracle.py')
  return JSON.parse(
    execFileSync('python3', [script], { input: JSON.stringify(texts), encoding: 'utf8' }),
  ) as readonly Told[]
}

/** In PyYAML's words for a value of that kind; a date stays text here. */
function ours(text: string, [kind, theirs]: readonly [string, string]): string {
  const key = valueOf(text)
  if (kind === 'date') return typeof key === 'string' ? '' : `not text: ${String(key)}`
  if (kind === 'number') return isSameNumber(key, theirs) ? theirs : JSON.stringify(key)
  return kind === 'str' ? (typeof key === 'string' ? key : `not text: ${String(key)}`) : JSON.stringify(key)
}

/** A whole number that JavaScript cannot hold comes as its digits. */
function isSameNumber(key: unknown, theirs: string): boolean {
  if (typeof key === 'string') return key === theirs && !Number.isSafeInteger(Number(theirs))
  return Object.is(
    key === 0 ? 0 : key,
    Number(theirs.replace('inf', 'Infinity')) + 0 || (theirs === 'nan' ? NaN : 0),
  )
}

function valueOf(text: string): unknown {
  try {
    return (parseYaml('text', `key: ${text}\n`).value as { key: unknown }).key
  } catch (error) {
    return error
  }
}
