import { describe, expect, it } from 'vitest'
import type { LineChange } from '../../src/ruleset/chain-edits.ts'
import type { Spelling, TransactionInput } from '../../src/ruleset/transaction.ts'
import { makeTransaction } from '../../src/ruleset/transaction.ts'
import { FOREIGN, TRANSACTION_CASES } from './transaction-cases.ts'

/** Each line behind its table and whose doing it is. */
function changesText(changes: readonly LineChange[]): string {
  return changes.map(({ table, line, by }) => `${table} ${by.padEnd(6)} ${line}\n`).join('')
}

describe('a transaction', () => {
  it.for(TRANSACTION_CASES)('is as written down for $name', async ({ folder, live, wanted, former }) => {
    const { forward, inverse, changes, expected } = makeTransaction({
      live,
      wanted,
      canonical: wanted,
      former,
      foreign: FOREIGN,
    })
    await expect(forward).toMatchFileSnapshot(`${folder}/forward.golden`)
    await expect(inverse).toMatchFileSnapshot(`${folder}/inverse.golden`)
    await expect(changesText(changes)).toMatchFileSnapshot(`${folder}/changes.golden`)
    await expect(expected).toMatchFileSnapshot(`${folder}/expected.golden`)
  })

  const text = (rules: readonly string[], chains = '') =>
    `*filter\n:INPUT ACCEPT [0:0]\n${chains}${rules.map((rule) => `-A ${rule}\n`).join('')}COMMIT\n`

  const plan = (live: string, wanted: string, more: Partial<TransactionInput> = {}) =>
    makeTransaction({ live, wanted, canonical: wanted, former: '', foreign: FOREIGN, ...more })

  it('appends what the user wrote, and compares what iptables makes of it', () => {
    const wanted = text(['INPUT -s 192.0.2.1,192.0.2.2 -j DROP'])
    const canonical = text(['INPUT -s 192.0.2.1/32 -j DROP', 'INPUT -s 192.0.2.2/32 -j DROP'])
    expect(plan(canonical, wanted, { canonical }).forward).toBe('')
    const { forward, inverse, changes } = plan('', wanted, { canonical })
    expect(forward).toBe('*filter\n-A INPUT -s 192.0.2.1,192.0.2.2 -j DROP\nCOMMIT\n')
    expect(inverse).toBe('*filter\n-D INPUT -s 192.0.2.1,192.0.2.2 -j DROP\nCOMMIT\n')
    expect(changes.map(({ line }) => line)).toEqual([
      '+ -A INPUT -s 192.0.2.1/32 -j DROP',
      '+ -A INPUT -s 192.0.2.2/32 -j DROP',
    ])
  })

  it('flushes a chain with a rule that nothing deletes, and puts foreign rules back first', () => {
    const live = text(['INPUT -m odd', 'INPUT -j f2b-x', 'INPUT -j DROP'], ':f2b-x - [0:0]\n')
    const spelling: Spelling = ({ rule }) => (rule === '-m odd' ? undefined : rule)
    const { forward } = plan(live, text(['INPUT -j ACCEPT']), { spelling })
    expect(forward).toBe('*filter\n-F INPUT\n-A INPUT -j f2b-x\n-A INPUT -j ACCEPT\nCOMMIT\n')
  })

  it('names rules that nothing deletes, and puts foreign rules back in the words that name them', () => {
    const live = text(['INPUT -m odd', 'INPUT -m recent --name f2b-x'])
    const spelling: Spelling = ({ rule }) => (rule === '-m odd' ? undefined : `${rule} --set`)
    const { forward, undeletable } = plan(live, text([]), { spelling })
    expect(forward).toBe('*filter\n-F INPUT\n-A INPUT -m recent --name f2b-x --set\nCOMMIT\n')
    expect(undeletable).toEqual(['-A INPUT -m odd'])
  })

  it('is not made where a foreign rule could not be put back after a flush', () => {
    const live = text(['INPUT -m odd', 'INPUT -j f2b-x'], ':f2b-x - [0:0]\n')
    expect(() => plan(live, text([]), { spelling: () => undefined })).toThrow(
      'the chain INPUT has to be rebuilt, for "-m odd" cannot be deleted as it is printed; but "-j f2b-x", of another program, could not be put back',
    )
  })

  it.each(['\u2028', '\u2029', '\r'])('sees what stands behind a comment that holds %j', (end) => {
    const rule = (verdict: string) => `INPUT -m comment --comment "a${end}#b" -j ${verdict}`
    const { forward } = plan(text([rule('DROP')]), text([rule('ACCEPT')]))
    expect(forward).toBe(`*filter\n-D ${rule('DROP')}\n-A ${rule('ACCEPT')}\nCOMMIT\n`)
  })

  it.each([
    ['is loaded at once', true, '-j f2b-x', true],
    ['is edited if a print may be less than its rule', false, '-j f2b-x', false],
    ['is edited if a foreign rule counts', true, '-m limit --limit 1/sec -j f2b-x', false],
  ])('a chain with 20,000 foreign rules before ours %s', (_what, isExact, use, isLoaded) => {
    const foreign = Array.from({ length: 20_000 }, (_, n) => `INPUT -s 10.0.${n >> 8}.${n & 255}/32 ${use}`)
    const ours = Array.from({ length: 60 }, (_, n) => `INPUT -s 11.0.0.${n}/32 -p tcp -j DROP`)
    const chains = ':f2b-x - [0:0]\n'
    const { forward, inverse } = plan(text([...foreign, ...ours], chains), text(['INPUT -j DROP']), {
      isExact,
    })
    expect(forward.includes('\n-F INPUT\n')).toBe(isLoaded)
    expect(forward.includes('\n-D ')).toBe(!isLoaded)
    expect(inverse === '').toBe(isLoaded)
  })

  it('deletes and brings back rules in the words that name them', () => {
    const spelling: Spelling = ({ table, chain, rule }) => `${rule} (${table} ${chain})`
    const { forward, inverse } = plan(text(['INPUT -j DROP']), text([]), { spelling })
    expect(forward).toBe('*filter\n-D INPUT -j DROP (filter INPUT)\nCOMMIT\n')
    expect(inverse).toBe('*filter\n-A INPUT -j DROP (filter INPUT)\nCOMMIT\n')
  })

  it('refuses to take over a chain of another program', () => {
    const wanted = text(['DOCKER-USER -j DROP'], ':DOCKER-USER - [0:0]\n')
    expect(() => plan('', wanted)).toThrow(
      'the wanted rules declare the chain DOCKER-USER in the table filter, which mailfw_preserve leaves to another program',
    )
  })

  it.each([
    ['nothing', ''],
    ['fewer rules', text(['INPUT -j A'])],
    ['another policy', text(['INPUT -j A', 'INPUT -j B']).replace('ACCEPT', 'DROP')],
  ])('is not made where the host read %s of wanted', (_what, canonical) => {
    expect(() => plan('', text(['INPUT -j A', 'INPUT -j B']), { canonical })).toThrow(
      "expected the host's iptables to print 2 rules and the policy ACCEPT for the wanted chain INPUT of the table filter",
    )
  })

  it('shows moved rules as gone and come', () => {
    const { changes } = plan(
      text(['INPUT -j A', 'INPUT -j B', 'INPUT -j C']),
      text(['INPUT -j B', 'INPUT -j C', 'INPUT -j A']),
    )
    expect(changes.map(({ line }) => line)).toEqual(['- -A INPUT -j A', '+ -A INPUT -j A'])
  })

  it.each([
    ['none', 0],
    ['a few', 100],
    ['all', 1],
  ])('takes no long time for 2,000 rules of which %s differ', (_which, every) => {
    const rules = (mark: string) =>
      Array.from({ length: 2_000 }, (_, index) => {
        const comment = every > 0 && index % every === 0 ? mark : 'same'
        return `INPUT -s 10.${index >> 8}.${index & 255}.1/32 -p tcp -m comment --comment "${comment} ${index}" -j DROP`
      })
    const [live, wanted] = [text(rules('old')), text(rules('new'))]
    plan(live, wanted)
    const start = process.cpuUsage()
    const { forward } = plan(live, wanted)
    expect(process.cpuUsage(start).user / 1_000).toBeLessThan(300)
    expect(forward === '').toBe(every === 0)
  })
})
