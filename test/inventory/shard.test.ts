import { expect, test } from 'vitest'
import type { Shard } from '../../src/model/shard.ts'
import { isInShard } from '../../src/model/shard.ts'
import { load } from './inventories.ts'

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `mx${index}.example.net`)
const shards = (of: number): Shard[] =>
  Array.from({ length: of }, (_, index) => `${index + 1}/${of}` as const)

function inventory(hosts: readonly string[]): string {
  return JSON.stringify({
    mail: { hosts: Object.fromEntries(hosts.map((name) => [name, null])), vars: { mailfw_services: {} } },
  })
}

test.each([1, 2, 3, 8, 97])('gives each host to exactly one of %i shards, about as many to each', (of) => {
  const sizes = shards(of).map((shard) => names(4_850).filter((name) => isInShard(name, shard)).length)
  expect(sizes.reduce((sum, size) => sum + size)).toBe(4_850)
  const fair = 4_850 / of
  for (const size of sizes) expect(Math.abs(size - fair)).toBeLessThan(5 * Math.sqrt(fair) + 1)
})

test('keeps a host where it was, by a hash that never changes', () => {
  const of = (name: string) => shards(8).find((shard) => isInShard(name, shard))
  expect(names(6).map(of)).toMatchInlineSnapshot(`
    [
      "1/8",
      "1/8",
      "3/8",
      "1/8",
      "3/8",
      "1/8",
    ]
  `)
})

test('takes its part of what the limit selects, in the order of the inventory, and moves none for a new host', async () => {
  const part = async (hosts: readonly string[], shard: Shard, limit = 'all') =>
    (await load(inventory(hosts), { limit, shard })).hosts.map(({ name }) => name)
  const [few, more] = [names(40), names(60)]
  const parts = await Promise.all(shards(3).map((shard) => part(few, shard)))
  expect(parts.flat().sort()).toEqual([...few].sort())
  for (const [index, hosts] of parts.entries()) {
    expect(hosts).toEqual(few.filter((name) => hosts.includes(name)))
    const grown = await part(more, `${index + 1}/3`)
    expect(grown.filter((name) => few.includes(name))).toEqual(hosts)
    const limited = await part(few, `${index + 1}/3`, 'mx1*')
    expect(limited).toEqual(hosts.filter((name) => name.startsWith('mx1')))
  }
})

test('may have no host, and tells how many the others have', async () => {
  const all = await Promise.all(shards(4).map((shard) => load(inventory(names(2)), { shard, limit: 'all' })))
  expect(all.map(({ inAllShards }) => inAllShards)).toEqual([2, 2, 2, 2])
  expect(all.filter(({ hosts }) => hosts.length === 0).length).toBeGreaterThanOrEqual(2)
})
