import { createHash } from 'node:crypto'
import { rememberFor } from '../lib/recent.ts'
import type { Host } from '../model/host.ts'

/**
 * A hash of what the inventory says for a host, as SHA-256 in hexadecimal: while it is the same, other rules come from
 * other templates. How a change is made has no part in it, and no variable of the user's own, for one may be a secret.
 */
export const settingsSum: (host: Host) => string = rememberFor(sumOf)

function sumOf({ name, groups, settings }: Host): string {
  const forRules = { ...settings, confirm: undefined, confirmSeconds: undefined, probes: undefined }
  return createHash('sha256')
    .update(JSON.stringify([name, groups, forRules], sortedKeys))
    .digest('hex')
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
