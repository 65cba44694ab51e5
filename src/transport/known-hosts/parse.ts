/** One usable line of a known_hosts file. */
export interface KnownHost {
  readonly marker?: 'cert-authority' | 'revoked'
  readonly names: Names
  readonly type: string
  /** base64, as in the file. */
  readonly key: string
  readonly file: string
  /** 1-based. */
  readonly line: number
}

export type Names =
  | { readonly kind: 'patterns'; readonly patterns: readonly string[] }
  | { readonly kind: 'hashed'; readonly salt: Buffer; readonly digest: Buffer }

/**
 * Reads a known_hosts file as OpenSSH does: what is no line of the format (or is of SSH 1) is passed over.
 * Source: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.
 */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  return text.split('\n').flatMap((line, index) => parseLine(line, file, index + 1))
}

function parseLine(text: string, file: string, line: number): KnownHost[] {
  const words = text.trim().split(/[ \t]+/)
  const first = words[0] ?? ''
  if (first === '' || first.startsWith('#')) return []
  const marker = MARKERS.get(first)
  if (first.startsWith('@') && marker === undefined) return []
  const [names = '', type = '', key = ''] = marker === undefined ? words : words.slice(1)
  const parsed = parseNames(names)
  if (parsed === undefined || !isKeyOf(type, key)) return []
  return [{ ...(marker && { marker }), names: parsed, type, key, file, line }]
}

const MARKERS: ReadonlyMap<string, 'cert-authority' | 'revoked'> = new Map([
  ['@cert-authority', 'cert-authority'],
  ['@revoked', 'revoked'],
])

function parseNames(text: string): Names | undefined {
  if (!text.startsWith('|')) return { kind: 'patterns', patterns: text.toLowerCase().split(',') }
  const [, magic, salt = '', digest = ''] = text.split('|')
  if (magic !== '1') return undefined
  return { kind: 'hashed', salt: Buffer.from(salt, 'base64'), digest: Buffer.from(digest, 'base64') }
}

/** A key blob begins with its own type. */
function isKeyOf(type: string, key: string): boolean {
  return type !== '' && keyType(Buffer.from(key, 'base64')) === type
}

/** The type that a public key blob names, such as `ssh-ed25519`. */
export function keyType(blob: Buffer): string {
  if (blob.length < 4) return ''
  return blob.toString('latin1', 4, 4 + blob.readUInt32BE(0))
}
