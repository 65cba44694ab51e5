import type { Provenance } from './visit.ts'

/** What a generation says of its origin: lines KEY=VALUE. */
export function receiptText(attempt: string, provenance: Provenance): string {
  const { user, controller, version, revision = '' } = provenance
  const fields = { format: '1', attempt, at: new Date().toISOString(), user, controller, version, revision }
  return Object.entries(fields)
    .map(([key, value]) => `${key}=${value.replace(/[\u0000-\u001f]/g, '?')}\n`)
    .join('')
}
