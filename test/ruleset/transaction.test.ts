import { describe, expect, it } from 'vitest'
import { makeTransaction } from '../../src/ruleset/transaction.ts'
import { FOREIGN, TRANSACTION_CASES } from './transaction-cases.ts'

describe('a transaction', () => {
  it.for(TRANSACTION_CASES)('is as written down for $name', async ({ folder, live, wanted, former }) => {
    const { forward, inverse, diff, expected } = makeTransaction({
      live,
      wanted,
      canonical: wanted,
      former,
      foreign: FOREIGN,
    })
    await expect(forward).toMatchFileSnapshot(`${folder}/forward.golden`)
    await expect(inverse).toMatchFileSnapshot(`${folder}/inverse.golden`)
    await expect(diff).toMatchFileSnapshot(`${folder}/diff.golden`)
    await expect(expected).toMatchFileSnapshot(`${folder}/expected.golden`)
  })
})
