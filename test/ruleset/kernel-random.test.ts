import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRuleset, ruleLine } from '../../src/ruleset/parse.ts'
import { arbitraryRuleset, MATCHES, SETS } from './arbitrary-ruleset.ts'
import { openHost } from './host.ts'
import type { TestHostInput } from './host.ts'
import type { Backend } from './kernel.ts'
import { BACKENDS, hasKernel, openKernel } from './kernel.ts'
import { everything, ours, rules } from './projections.ts'

const RUNS = Number(process.env['RULESET_RUNS'] ?? 8)

const BAN =
  '*filter\n:f2b-new - [0:0]\n-A f2b-new -j RETURN\n-I INPUT 1 -p tcp -m multiport --dports 25 -j f2b-new\nCOMMIT\n'

describe.skipIf(!hasKernel()).each(BACKENDS)('rules drawn at random ($kind, $family)', (backend) => {
  it(
    'are changed to wanted and brought back, whatever was banned and unbanned',
    { timeout: 120_000 },
    async () => {
      const without = await unknownMatches(backend)
      expect(without.size).toBeLessThan(5)
      const live = arbitraryRuleset(backend.family, { foreign: true, without })
      const wanted = arbitraryRuleset(backend.family, { foreign: false, without })
      const former = fc.constantFrom('', '*mangle\n:INPUT ACCEPT [0:0]\n-A INPUT -j RETURN\nCOMMIT\n')
      const input = fc.record({ live, wanted, former, pick: fc.nat() })
      await fc.assert(
        fc.asyncProperty(input, ({ pick, ...texts }) => story({ backend, sets: SETS, ...texts }, pick)),
        { numRuns: RUNS },
      )
    },
  )
})

async function story(input: TestHostInput, pick: number): Promise<void> {
  const host = await openHost(input)
  try {
    const { live, transaction } = await host.plan()
    await host.change(transaction.forward)
    const { expected, found } = await host.outcome(transaction)
    expect(found).toBe(expected)
    expect((await host.plan()).transaction.forward).toBe('')
    await host.change(transaction.inverse)
    expect(everything(await host.kernel.save())).toBe(everything(live))

    await host.change(transaction.forward)
    await host.change(BAN)
    const gone = removableBan(await host.kernel.save(), pick)
    if (gone !== undefined) await host.change(`*filter\n-D INPUT ${gone}\nCOMMIT\n`)
    await host.change(transaction.inverse)
    const reverted = await host.kernel.save()
    expect(ours(reverted)).toBe(ours(live))
    expect(rules(reverted)).toHaveLength(rules(live).length + (gone === undefined ? 2 : 1))
  } finally {
    host.close()
  }
}

/** A jump to a ban in INPUT, old ones as well. */
function removableBan(live: string, pick: number): string | undefined {
  const filter = parseRuleset(live).find((table) => table.name === 'filter')
  const input = filter?.chains.find((chain) => chain.name === 'INPUT')
  const bans = input?.rules.filter((rule) => /^(?:-p tcp .*)?-j f2b-/.test(rule)) ?? []
  return bans[pick % (bans.length + 1)]
}

/** Matches that this kernel or this iptables was built without. */
async function unknownMatches(backend: Backend): Promise<ReadonlySet<string>> {
  const kernel = openKernel(backend, SETS)
  const unknown = new Set<string>()
  for (const match of [...MATCHES.both, ...MATCHES[backend.family]]) {
    const { status } = await kernel.run(
      `${kernel.command}-restore`,
      `*filter\n${ruleLine('OUTPUT', match)}\nCOMMIT\n`,
    )
    if (status !== 0) unknown.add(match)
  }
  kernel.close()
  return unknown
}
