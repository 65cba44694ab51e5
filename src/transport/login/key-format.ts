/** What can be seen of a key file without its passphrase. */
export interface KeyFormat {
  readonly encrypted: boolean
  /** Absent where only the private part holds it. */
  readonly publicBlob?: Buffer
  readonly isPublicOnly: boolean
}

/** `undefined`: not a key in any format that is known here. */
export function keyFormat(text: string): KeyFormat | undefined {
  return openSsh(text) ?? pem(text) ?? putty(text) ?? publicOnly(text)
}

/** Source: PROTOCOL.key of OpenSSH. */
function openSsh(text: string): KeyFormat | undefined {
  const [, body] =
    /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END OPENSSH PRIVATE KEY-----/.exec(text) ?? []
  if (body === undefined) return undefined
  const data = Buffer.from(body, 'base64')
  const fields = strings(data, MAGIC.length, 3)
  const [cipher] = fields
  const [publicBlob] = strings(data, MAGIC.length + lengthOf(fields) + 4, 1)
  if (data.toString('latin1', 0, MAGIC.length) !== MAGIC || cipher === undefined || publicBlob === undefined)
    return undefined
  return { encrypted: cipher.toString('latin1') !== 'none', publicBlob, isPublicOnly: false }
}

const MAGIC = 'openssh-key-v1\0'

function pem(text: string): KeyFormat | undefined {
  if (!/-----BEGIN (?:RSA|DSA|EC) PRIVATE KEY-----/.test(text)) return undefined
  return { encrypted: /^Proc-Type:\s*4,ENCRYPTED/m.test(text), isPublicOnly: false }
}

function putty(text: string): KeyFormat | undefined {
  const [, encryption] = /^PuTTY-User-Key-File-[23]: [\s\S]*?^Encryption: (\S+)/m.exec(text) ?? []
  return encryption === undefined ? undefined : { encrypted: encryption !== 'none', isPublicOnly: false }
}

function publicOnly(text: string): KeyFormat | undefined {
  const [, type = '', base64 = ''] = /^([a-z][a-z0-9@.-]+) ([A-Za-z0-9+/]+=*)(?: |$)/.exec(text.trim()) ?? []
  const publicBlob = Buffer.from(base64, 'base64')
  const [inside] = strings(publicBlob, 0, 1)
  if (type === '' || inside?.toString('latin1') !== type) return undefined
  return { encrypted: false, publicBlob, isPublicOnly: true }
}

/** Up to `count` length-prefixed strings; fewer where the data end before. */
function strings(data: Buffer, from: number, count: number): Buffer[] {
  const found: Buffer[] = []
  let at = from
  while (found.length < count && at + 4 <= data.length) {
    const end = at + 4 + data.readUInt32BE(at)
    if (end > data.length) break
    found.push(data.subarray(at + 4, end))
    at = end
  }
  return found
}

function lengthOf(fields: readonly Buffer[]): number {
  return fields.reduce((sum, field) => sum + 4 + field.length, 0)
}
