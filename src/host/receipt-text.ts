import type { Origin } from './goal.ts'
import type { Provenance } from './visit.ts'

/** What a generation says of itself: lines KEY=VALUE. Who made it, from which address, and where its rules come from. */
export function receiptText(
  attempt: string,
  host: string,
  { user, controller }: Provenance,
  origin: Origin,
  {
    client,
    byHand = false,
    boot,
  }: { readonly client?: string | undefined; readonly byHand?: boolean; readonly boot?: string } = {},
): string {
  const { version = '', revision = '', settings, again, hold } = origin
  const fields = {
    format: '1',
    attempt,
    host,
    at: new Date().toISOString(),
    user,
    controller,
    version,
    revision,
    ...(client !== undefined && { client }),
    ...(boot !== undefined && { boot }),
    ...(byHand && { 'by-hand': 'yes' }),
    ...(settings !== undefined && { settings }),
    ...(again !== undefined && { again: String(again) }),
    ...(hold !== undefined && { hold }),
  }
  return Object.entries(fields)
    .map(([key, value]) => `${key}=${oneLine(value)}\n`)
    .join('')
}

/** A value as a receipt keeps it. */
export function oneLine(value: string): string {
  return value.replace(/[\u0000-\u001f]/g, '?')
}
