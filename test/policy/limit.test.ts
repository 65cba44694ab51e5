import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RATE_PERIODS } from '../../src/model/service.ts'
import { connectionsChain, limitContext, limitName } from '../../src/policy/limit.ts'

const limit = fc.record({
  count: fc.integer({ min: 1, max: 1_000 }),
  per: fc.constantFrom(...RATE_PERIODS),
  burst: fc.integer({ min: 1, max: 1_000 }),
})

test('a limit is written as hashlimit writes it', () => {
  expect(limitContext('submission', { count: 30, per: 'minute', burst: 60 }, 32)).toEqual({
    rate: '30/min',
    burst: 60,
    name: 'submis-8a07221e',
    expire: 120_000,
  })
})

test('a source is remembered until its burst is full again, and a second at the least', () => {
  expect(limitContext('x', { count: 10, per: 'hour', burst: 5 }, 32).expire).toBe(1_800_000)
  expect(limitContext('x', { count: 1_000, per: 'second', burst: 5 }, 32).expire).toBe(1_000)
})

test('a limit that differs in anything has another name, and the same limit the same', () => {
  fc.assert(
    fc.property(
      limit,
      limit,
      fc.constantFrom('imap', 'imaps'),
      fc.constantFrom(32, 64),
      (one, other, service, bits) => {
        const [first, second] = [limitContext('imap', one, 32), limitContext(service, other, bits)]
        const same =
          service === 'imap' && bits === 32 && first.rate === second.rate && first.burst === second.burst
        expect(first.name === second.name).toBe(same)
      },
    ),
  )
})

test('a name fits the kernel and begins with the service, whatever that is called', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (service) => {
      expect(limitName(service, [])).toMatch(/^[A-Za-z0-9]{0,6}-[0-9a-f]{8}$/)
    }),
  )
})

test('the chain of a service fits the kernel, and no two services share one', () => {
  const names = ['imaps', 'a'.repeat(21), 'a'.repeat(22), `${'a'.repeat(31)}b`, `${'a'.repeat(31)}c`]
  const chains = names.map(connectionsChain)
  expect(chains[0]).toBe('mailfw-imaps')
  expect(new Set(chains).size).toBe(names.length)
  expect(Math.max(...chains.map((chain) => chain.length))).toBe(28)
})
