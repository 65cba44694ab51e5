import { createHash } from 'node:crypto'

/** One part of a fleet of several, such as `2/8`: counted from 1. */
export type Shard = `${number}/${number}`

/** So many bytes of a hash that every share is the same to a millionth, and that a number holds exactly. */
const HASH_BYTES = 6

/**
 * Whether a host is of that part. Its name alone decides: each is of exactly one, and none moves when another comes or
 * goes.
 */
export function isInShard(host: string, shard: Shard): boolean {
  const [number = 1, parts = 1] = shard.split('/').map(Number)
  const hash = createHash('sha256').update(host).digest().readUIntBE(0, HASH_BYTES)
  return hash % parts === number - 1
}
