import { createHash } from 'node:crypto'

/** One part of a fleet of several, such as `2/8`: counted from 1. */
export type Shard = `${number}/${number}`

/** So many bytes of a hash that every share is the same to a millionth, and that a number holds exactly. */
const HASH_BYTES = 6

/** More than anybody has machines for. */
export const MOST_SHARDS = 10_000

export function isShard(value: unknown): value is Shard {
  if (typeof value !== 'string' || !FORM.test(value)) return false
  const [number = 0, of = 0] = value.split('/').map(Number)
  return number <= of && of <= MOST_SHARDS
}

const FORM = /^[1-9][0-9]{0,4}\/[1-9][0-9]{0,4}$/

export function shardNumbers(shard: Shard): { readonly number: number; readonly of: number } {
  const [number = 1, of = 1] = shard.split('/').map(Number)
  return { number, of }
}

/**
 * Whether a host is of that part. Its name alone decides: each is of exactly one, and none moves when another comes or
 * goes.
 */
export function isInShard(host: string, shard: Shard): boolean {
  const { number, of } = shardNumbers(shard)
  const hash = createHash('sha256').update(host).digest().readUIntBE(0, HASH_BYTES)
  return hash % of === number - 1
}
