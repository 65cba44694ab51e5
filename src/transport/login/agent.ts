import pLimit from 'p-limit'
import type { OpenSSHAgent, ParsedKey } from 'ssh2'
import { startRunningTimer } from '../../lib/running-timer.ts'
import type { Ssh2 } from '../ssh2.ts'
import type { Identity } from './identity.ts'

/** An agent refuses connections when hundreds come at once, and each signature is one. */
const SIGNATURES_AT_ONCE = 8

const LIST_SECONDS = 5

/** An ssh-agent that all connections of a run share: it is asked once which keys it has. */
export class SharedAgent {
  readonly #agent: OpenSSHAgent
  readonly #limit = pLimit(SIGNATURES_AT_ONCE)
  #identities: Promise<Identity[]> | undefined

  constructor(ssh2: Ssh2, socketPath: string) {
    this.#agent = new ssh2.OpenSSHAgent(socketPath)
  }

  /** The keys that can be used: certificates and FIDO keys are left out. Rejects where the agent does not answer. */
  identities(): Promise<Identity[]> {
    this.#identities ??= this.#list()
    return this.#identities
  }

  #list(): Promise<Identity[]> {
    return new Promise((resolve, reject) => {
      const timer = startRunningTimer(LIST_SECONDS * 1000, () => {
        reject(new Error(`no answer within ${LIST_SECONDS} s`))
      })
      this.#agent.getIdentities((error, keys) => {
        timer.stop()
        if (error) reject(error)
        else resolve((keys ?? []).filter((key) => 'getPublicSSH' in key).map((key) => this.#identityOf(key)))
      })
    })
  }

  #identityOf(publicKey: ParsedKey): Identity {
    return { publicKey, sign: (data, hash) => this.#limit(() => this.#sign(publicKey, data, hash)) }
  }

  #sign(publicKey: ParsedKey, data: Buffer, hash: string | undefined): Promise<Buffer> {
    const options = hash === 'sha256' || hash === 'sha512' ? ({ hash } as const) : {}
    return new Promise((resolve, reject) => {
      this.#agent.sign(publicKey, data, options, (error, signature) => {
        if (signature) resolve(signature)
        else reject(error ?? new Error('the agent gave no signature'))
      })
    })
  }
}
