import { createHash } from 'node:crypto'
import { rememberFor } from '../lib/recent.ts'
import type { Host } from '../model/host.ts'

/**
 * A hash of what the inventory says for a host, as SHA-256 in hexadecimal: while it is the same, other rules come from
 * other templates. No variable of the user's own is in it, for one may be a secret.
 */
export const settingsSum: (host: Host) => string = rememberFor(sumOf)

function sumOf({ name, groups, settings }: Host): string {
  return createHash('sha256')
    .update(JSON.stringify([name, groups, settings], sortedKeys))
    .digest('hex')
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
