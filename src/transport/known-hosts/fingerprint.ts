import { createHash } from 'node:crypto'
import { keyType } from './parse.ts'

/** `ssh-ed25519 SHA256:…`, as ssh-keygen -l prints it. */
export function fingerprint(blob: Buffer): string {
  const digest = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')
  return `${keyType(blob)} SHA256:${digest}`
}
