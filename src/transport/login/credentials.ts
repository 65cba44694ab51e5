import { ConnectError } from '../../model/transport.ts'
import type { Secret } from '../../lib/secret.ts'
import type { Ssh2 } from '../ssh2.ts'
import type { Target } from '../target.ts'
import { homely, reasonOf } from '../wording.ts'
import { SharedAgent } from './agent.ts'
import type { Identity } from './identity.ts'
import { KeyFiles } from './key-file.ts'
import type { AskPassphrase, KeyFile } from './key-file.ts'

/** What can be offered to one server, in this order. */
export interface Credentials {
  /** Keys that the user named for the host. */
  readonly named: Offer
  readonly password?: Secret
  /** Keys that are there anyway: those of the agent and of the usual files. */
  readonly usual: Offer
  /** Why something that was there is not offered. */
  readonly passedOver: readonly string[]
}

export interface Offer {
  /** For messages: `the key ~/.ssh/id_ed25519`. */
  readonly words: readonly string[]
  readonly identities: readonly Identity[]
}

/** The keys and agents of a run, shared by all its connections. */
export class Keychain {
  readonly #ssh2: Ssh2
  readonly #home: string
  readonly #files: KeyFiles
  readonly #agents = new Map<string, SharedAgent>()

  constructor(ssh2: Ssh2, options: { home: string; askPassphrase?: AskPassphrase | undefined }) {
    this.#ssh2 = ssh2
    this.#home = options.home
    this.#files = new KeyFiles(ssh2, options)
  }

  /** Rejects with ConnectError (`key-file`) where a key that the user named cannot be used. */
  async credentialsFor(target: Target): Promise<Credentials> {
    const passedOver: string[] = []
    const passOver = (message: string): void => {
      passedOver.push(message)
    }
    const [files, inAgent] = await Promise.all([
      this.#read(target, passOver),
      this.#inAgent(target, passOver),
    ])
    const named = files.filter((file) => file.required)
    const usual = files.filter((file) => !file.required)
    const rest = target.identitiesOnly
      ? []
      : inAgent.filter((identity) => !files.some((file) => sameKey(file.key, identity)))
    const agentWords = target.agentSocket === undefined || target.identitiesOnly ? [] : ['the agent']
    return {
      named: offer(
        named.flatMap((file) => identityOf(file.key, inAgent)),
        wordsOf(named),
      ),
      ...(target.password && { password: target.password }),
      usual: offer(inGoodOrder(usual, inAgent, rest), [...wordsOf(usual), ...agentWords]),
      passedOver,
    }
  }

  async #read(target: Target, passOver: (message: string) => void): Promise<Listed[]> {
    const read = await Promise.all(
      target.keyFiles.map(async ({ path, required }) => {
        try {
          const key = await this.#files.load(path)
          if (key === undefined && required)
            throw new ConnectError(
              'key-file',
              `the key ${homely(path, this.#home)} cannot be used: no such file`,
            )
          return key === undefined ? [] : [{ key, required }]
        } catch (error) {
          if (required || !(error instanceof ConnectError)) throw error
          passOver(error.message)
          return []
        }
      }),
    )
    return read.flat()
  }

  async #inAgent(target: Target, passOver: (message: string) => void): Promise<Identity[]> {
    if (target.agentSocket === undefined) return []
    const agent = this.#agents.get(target.agentSocket) ?? new SharedAgent(this.#ssh2, target.agentSocket)
    this.#agents.set(target.agentSocket, agent)
    try {
      const identities = await agent.identities()
      if (identities.length === 0)
        passOver('the agent has no key that can be used here (certificates and FIDO keys cannot)')
      return identities
    } catch (error) {
      passOver(`the agent at ${target.agentSocket} does not answer: ${reasonOf(error)}`)
      return []
    }
  }
}

interface Listed {
  readonly key: KeyFile
  readonly required: boolean
}

/** Nobody is asked for a passphrase while a key that needs none may do; sshd counts each key that it does not know. */
function inGoodOrder(
  files: readonly Listed[],
  inAgent: readonly Identity[],
  rest: readonly Identity[],
): Identity[] {
  const asks = ({ key }: Listed): boolean =>
    key.encrypted && !inAgent.some((identity) => sameKey(key, identity))
  const identities = (some: readonly Listed[]): Identity[] =>
    some.flatMap((file) => identityOf(file.key, inAgent))
  return [...identities(files.filter((file) => !asks(file))), ...rest, ...identities(files.filter(asks))]
}

/** The agent's, where it has that key: then no passphrase is needed. */
function identityOf(key: KeyFile, inAgent: readonly Identity[]): Identity[] {
  const identity = inAgent.find((other) => sameKey(key, other)) ?? key.identity
  return identity ? [identity] : []
}

function sameKey(key: KeyFile, identity: Identity): boolean {
  return key.publicKey.getPublicSSH().equals(identity.publicKey.getPublicSSH())
}

function offer(identities: readonly Identity[], words: readonly string[]): Offer {
  return { identities, words }
}

function wordsOf(files: readonly Listed[]): string[] {
  return files.map((file) => `the key ${file.key.shown}`)
}
