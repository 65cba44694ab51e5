import { describe, expect, it } from 'vitest'
import type { TestHost } from './host.ts'
import { openHost } from './host.ts'
import { BACKENDS, hasKernel } from './kernel.ts'
import { everything, rules, ours } from './projections.ts'
import type { TransactionCase } from './transaction-cases.ts'
import { TRANSACTION_CASES } from './transaction-cases.ts'

const IPV4 = BACKENDS.filter((backend) => backend.family === 'v4')

describe.skipIf(!hasKernel()).each(IPV4)('the kernel ($kind)', (backend) => {
  it.for(TRANSACTION_CASES)('is as expected, then exactly as before: $name', (each) =>
    onHost(each, async (host) => {
      const { live, transaction } = await host.plan()
      await host.change(transaction.forward)
      const { expected, found } = await host.outcome(transaction)
      expect(found).toBe(expected)
      expect((await host.plan()).transaction.forward).toBe('')
      await host.change(transaction.inverse)
      expect(everything(await host.kernel.save())).toBe(everything(live))
    }),
  )

  it.for(TRANSACTION_CASES)('keeps a ban made before the change: $name', (each) =>
    onHost(each, async (host) => {
      const { transaction } = await host.plan()
      await host.change(each.meanwhile)
      const banned = await host.kernel.save()
      await host.change(transaction.forward)
      const { expected, found } = await host.outcome(transaction)
      expect(found).toBe(expected)
      expect(firstInput(await host.kernel.save())).toContain('f2b-postfix')
      await host.change(transaction.inverse)
      const reverted = await host.kernel.save()
      expect(ours(reverted)).toBe(ours(banned))
      expect(rules(reverted)).toEqual(rules(banned))
    }),
  )

  it.for(TRANSACTION_CASES)('keeps a ban made after the change: $name', (each) =>
    onHost(each, async (host) => {
      const { live, transaction } = await host.plan()
      await host.change(transaction.forward)
      const changed = rules(await host.kernel.save())
      await host.change(each.meanwhile)
      const bans = rules(await host.kernel.save()).filter((rule) => !changed.includes(rule))
      await host.change(transaction.inverse)
      const reverted = await host.kernel.save()
      expect(bans).toHaveLength(3)
      expect(ours(reverted)).toBe(ours(live))
      expect(rules(reverted)).toEqual([...rules(live), ...bans].sort())
    }),
  )

  async function onHost(each: TransactionCase, story: (host: TestHost) => Promise<void>): Promise<void> {
    const host = await openHost({ backend, ...each })
    try {
      await story(host)
    } finally {
      host.close()
    }
  }
})

function firstInput(text: string): string | undefined {
  return text.split('\n').find((line) => line.startsWith('-A INPUT'))
}
