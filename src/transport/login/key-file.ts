import { createPrivateKey, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import type { ParsedKey } from 'ssh2'
import { codeOf } from '../../lib/system-error.ts'
import type { Secret } from '../../lib/secret.ts'
import { ConnectError } from '../../model/transport.ts'
import { keyType } from '../known-hosts/parse.ts'
import { homely, reasonOf } from '../wording.ts'
import type { Ssh2 } from '../ssh2.ts'
import type { Identity } from './identity.ts'
import { keyFormat } from './key-format.ts'

/** A key file that was read. */
export interface KeyFile {
  /** As its owner would write it. */
  readonly shown: string
  readonly publicKey: ParsedKey
  readonly encrypted: boolean
  /** Absent where the file holds the public part only: the agent may have the other. */
  readonly identity?: Identity
}

export type AskPassphrase = (question: string) => Promise<Secret | undefined>

/** The key files of a run: each is read, and its passphrase asked for, at the most once. */
export class KeyFiles {
  readonly #files = new Map<string, Promise<KeyFile | undefined>>()
  readonly #ssh2: Ssh2
  readonly #home: string
  readonly #ask: AskPassphrase | undefined

  constructor(ssh2: Ssh2, options: { home: string; askPassphrase?: AskPassphrase | undefined }) {
    this.#ssh2 = ssh2
    this.#home = options.home
    this.#ask = options.askPassphrase
  }

  /** `undefined` where there is no such file. Rejects with ConnectError (`key-file`) for one that cannot be used. */
  load(path: string): Promise<KeyFile | undefined> {
    const loaded = this.#files.get(path) ?? this.#load(path)
    this.#files.set(path, loaded)
    return loaded
  }

  async #load(path: string): Promise<KeyFile | undefined> {
    const shown = homely(path, this.#home)
    const text = await readKey(path, shown)
    if (text === undefined) return undefined
    const format = keyFormat(text)
    if (format === undefined)
      throw unusable(shown, 'not a private key in a format known here; ssh-keygen -p rewrites it')
    const type = format.publicBlob ? keyType(format.publicBlob) : ''
    if (/-cert-v01@/.test(type))
      throw unusable(shown, 'a certificate, and logging in by certificate is not possible here')
    if (type.startsWith('sk-')) throw unusable(shown, 'on a FIDO security key, which cannot be used here')
    if (!format.isPublicOnly) await refuseOpenFile(path, shown)
    const unlock = remembered(() => this.#unlock(text, shown, format.encrypted))
    const publicPart = format.publicBlob ?? (await publicBeside(path)) ?? (await unlock()).publicKey
    const publicKey = Buffer.isBuffer(publicPart) ? this.#parse(publicPart, shown) : publicPart
    const common = { shown, publicKey, encrypted: format.encrypted }
    return format.isPublicOnly
      ? common
      : { ...common, identity: identityOf(publicKey, unlock, format.encrypted) }
  }

  async #unlock(text: string, shown: string, encrypted: boolean): Promise<Unlocked> {
    const passphrase = encrypted ? await this.#askFor(shown) : undefined
    const key = this.#ssh2.utils.parseKey(text, passphrase?.reveal())
    if (key instanceof Error) throw unusable(shown, encrypted ? 'the passphrase is wrong' : key.message, key)
    return { publicKey: key, privateKey: createPrivateKey(key.getPrivatePEM()) }
  }

  async #askFor(shown: string): Promise<Secret> {
    const passphrase = await this.#ask?.(`Passphrase for the key ${shown}: `)
    if (passphrase !== undefined) return passphrase
    const reason = this.#ask
      ? 'it is encrypted, and no passphrase was given'
      : 'it is encrypted, and there is no terminal to ask for its passphrase'
    throw unusable(shown, `${reason}; ssh-add ${shown} hands it to the agent`)
  }

  #parse(blob: Buffer, shown: string): ParsedKey {
    const key = this.#ssh2.utils.parseKey(blob)
    if (key instanceof Error) throw unusable(shown, `its type ${keyType(blob)} cannot be used here`)
    return key
  }
}

interface Unlocked {
  readonly publicKey: ParsedKey
  /** ssh2 would parse the text again for each signature, which takes ten times as long as the signature. */
  readonly privateKey: KeyObject
}

function identityOf(publicKey: ParsedKey, unlock: () => Promise<Unlocked>, encrypted: boolean): Identity {
  return {
    publicKey,
    async sign(data, hash, deadline) {
      const resume = encrypted ? deadline.pause() : () => undefined
      const { privateKey } = await unlock().finally(resume)
      return sign(hash ?? DIGESTS[publicKey.type], data, privateKey)
    },
  }
}

/** Ed25519 has a digest of its own. */
const DIGESTS: Readonly<Record<string, string>> = {
  'ssh-rsa': 'sha1',
  'ecdsa-sha2-nistp256': 'sha256',
  'ecdsa-sha2-nistp384': 'sha384',
  'ecdsa-sha2-nistp521': 'sha512',
}

async function readKey(path: string, shown: string): Promise<string | undefined> {
  try {
    const { size } = await stat(path)
    // A device has no size and no end.
    return size === 0 || size > MOST_KEY_BYTES ? '' : await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw unusable(shown, reasonOf(error), error)
  }
}

const MOST_KEY_BYTES = 64 * 1024

/** What OpenSSH refuses too: a private key of ours that others may read. */
async function refuseOpenFile(path: string, shown: string): Promise<void> {
  const { mode, uid } = await stat(path)
  const open = (mode & 0o077) !== 0 && uid === userInfo().uid
  if (open)
    throw unusable(
      shown,
      `others may read it (mode ${(mode & 0o777).toString(8).padStart(4, '0')}); chmod 600 ${shown}`,
    )
}

async function publicBeside(path: string): Promise<Buffer | undefined> {
  const text = await readFile(`${path}.pub`, 'utf8').catch(() => '')
  return keyFormat(text)?.publicBlob
}

function remembered<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}

function unusable(shown: string, reason: string, cause?: unknown): ConnectError {
  return new ConnectError('key-file', `the key ${shown} cannot be used: ${reason}`, { cause })
}
