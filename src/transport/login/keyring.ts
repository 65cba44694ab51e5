import type { BaseAgent, ParsedKey } from 'ssh2'
import type { Deadline } from '../deadline.ts'
import type { Ssh2 } from '../ssh2.ts'
import type { Identity } from './identity.ts'

/**
 * Identities as an agent, for ssh2 lets only agents sign later: so a passphrase is asked for when the server has said
 * that it takes the key, and not before. `whenFailed` hears why a signature could not be made; the next key is tried.
 */
export function makeKeyring(
  ssh2: Ssh2,
  identities: readonly Identity[],
  deadline: Deadline,
  whenFailed: (error: unknown) => void,
): BaseAgent {
  class Keyring extends ssh2.BaseAgent<ParsedKey> {
    override getIdentities(callback: (error: Error | null, keys: ParsedKey[]) => void): void {
      callback(
        null,
        identities.map((identity) => identity.publicKey),
      )
    }

    override sign(publicKey: ParsedKey, data: Buffer, options: unknown, callback?: unknown): void {
      void answer(publicKey, data, hashIn(options), (callback ?? options) as Answered)
    }
  }

  async function answer(
    publicKey: ParsedKey,
    data: Buffer,
    hash: string | undefined,
    answered: Answered,
  ): Promise<void> {
    let signature: Buffer | undefined
    let failure: unknown
    try {
      const identity = identities.find((each) => each.publicKey === publicKey)
      signature = await identity?.sign(data, hash, deadline)
    } catch (error) {
      failure = error
      whenFailed(error)
    }
    try {
      if (signature) answered(null, signature)
      else answered(failure instanceof Error ? failure : new Error('no signature'))
    } catch {
      // The connection ended meanwhile, which its own events tell.
    }
  }

  return new Keyring()
}

type Answered = (error: Error | null, signature?: Buffer) => void

function hashIn(options: unknown): string | undefined {
  const hash: unknown =
    typeof options === 'object' && options !== null && 'hash' in options ? options.hash : undefined
  return typeof hash === 'string' ? hash : undefined
}
