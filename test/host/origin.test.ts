import { expect, it } from 'vitest'
import { originOf } from '../../src/host/origin.ts'

const OURS = { version: '1.1.0', settings: 'a' }

it.each([
  ['there is no receipt', undefined, 'inventory'],
  ['the receipt tells no version', { settings: 'a' }, 'inventory'],
  ['the same mailfw made it', { version: '1.1.0', settings: 'a' }, 'inventory'],
  ['another mailfw made it of other settings', { version: '1.0.0', settings: 'b' }, 'inventory'],
  ['another mailfw made it of the same settings', { version: '1.0.0', settings: 'a' }, 'mailfw-version'],
  ['another mailfw made it of settings that nobody knows', { version: '1.0.0' }, 'mailfw-version'],
])('something else is wanted where %s', (_what, receipt, origin) => {
  expect(originOf(receipt && { n: 4, ...receipt }, OURS)).toBe(origin)
})
