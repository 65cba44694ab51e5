import { EVIL, MARK } from './escapes.ts'
import type { Part } from './server/answer.ts'
import type { Behaviour } from './server/behaviour.ts'

export { MARK }

const KEYS = ['attempt', 'at', 'user', 'controller', 'version', 'revision', 'settings', 'live', 'hold']

/** A host that says this of its generations, whichever call asks. */
function telling(newest: number | string, parts: readonly Part[]): Behaviour {
  const answer = (): readonly Part[] => [`generation ${newest}`, ...parts]
  return { alter: { examine: answer, status: answer, history: answer } }
}

function receipt(n: number | string, values: Readonly<Record<string, string | number>>): Part {
  const lines = Object.entries(values).map(([key, value]) => `${key}=${value}`)
  return { text: `receipt-${n}`, content: lines.join('\n') }
}

function everywhere(value: string): Record<string, string> {
  return Object.fromEntries(KEYS.map((key) => [key, value]))
}

function rules(n: number, count: number): Part {
  const lines = Array.from(
    { length: count },
    (_, index) => `-A INPUT -p tcp --dport ${n * count + index} -j ACCEPT\n`,
  )
  return { text: `rules-${n}-v4`, content: `*filter\n:INPUT ACCEPT [0:0]\n${lines.join('')}COMMIT\n` }
}

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index)
const LONG = 'x'.repeat(100_000)

export const behaviours: Readonly<Record<string, Behaviour>> = {
  escapes: telling(2, [
    receipt(2, { ...everywhere(EVIL), again: EVIL }),
    receipt(1, { ...everywhere(EVIL), at: '2026-11-22T14:02:00Z' }),
    { text: `receipt-${EVIL.replaceAll(' ', '')}`, content: EVIL },
    rules(2, 1),
  ]),
  'held-by-escapes': telling(2, [
    receipt(2, { ...everywhere(EVIL), at: '2026-11-22T14:02:00Z', again: 1 }),
    receipt(1, {}),
    rules(1, 2),
    rules(2, 2),
  ]),
  numbers: telling(999_999_999, [
    receipt(999_999_999, { again: 999_999_999, hold: 'x', at: '+275760-09-13T00:00:00.000Z' }),
    receipt('1000000000', { hold: 'x' }),
    receipt('-1', { hold: 'x' }),
    receipt(3, { again: 7, at: '-000001-01-01T00:00:00Z' }),
    receipt(2, { again: 3, at: '0' }),
    receipt(0, { again: 2 }),
    rules(3, 1),
  ]),
  'no-number': telling('1e9', [receipt(1, { hold: 'x' })]),
  long: telling(
    3,
    numbers(4).map((n) => receipt(n, { ...everywhere(LONG), at: '2026-11-22T14:02:00Z' })),
  ),
  many: telling(
    99_999,
    numbers(100_000).map((n) => receipt(n, { hold: EVIL.slice(0, 20), at: '2026-11-22T14:02:00Z' })),
  ),
  'all-rules-other': telling(3, [
    ...numbers(4).map((n) => receipt(n, { at: '2026-11-22T14:02:00Z' })),
    ...numbers(4).map((n) => rules(n, 40_000)),
  ]),
  'no-rules': telling(2, [receipt(2, {}), receipt(1, {}), { text: 'rules-1-v4', content: EVIL }]),
}
