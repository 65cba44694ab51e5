import { readFile } from 'node:fs/promises'
import { succeed } from './command.ts'

/** A key pair in OpenSSH's own formats. */
export interface KeyPair {
  readonly privateKey: string
  /** One line, `ssh-ed25519 AAAA… comment`. */
  readonly publicKey: string
}

/** Makes a new Ed25519 key pair at `path` and `path.pub`. */
export async function makeKeyPair(path: string, comment: string): Promise<KeyPair> {
  await succeed(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', path])
  const [privateKey, publicKey] = await Promise.all([readFile(path, 'utf8'), readFile(`${path}.pub`, 'utf8')])
  return { privateKey, publicKey: publicKey.trim() }
}

/** The hash of a password as /etc/shadow holds it. */
export async function hashPassword(password: string): Promise<string> {
  return (await succeed(['openssl', 'passwd', '-6', '-stdin'], { input: `${password}\n` })).trim()
}
