import { namesHost } from './names.ts'
import type { KnownHost } from './parse.ts'
import { keyType } from './parse.ts'

/** The names of a host, as the files know it. */
export interface LookedUp {
  readonly name: string
  readonly plainName?: string
}

/** What the files say about a key that a host offers. */
export type Verdict =
  | { readonly kind: 'known' }
  /** `authority`: the line of a certificate authority for this host; ssh2 cannot check certificates. */
  | { readonly kind: 'unknown'; readonly authority?: KnownHost }
  /** The host has keys on file, and this is none of them. */
  | { readonly kind: 'changed'; readonly known: KnownHost }
  | { readonly kind: 'revoked'; readonly by: KnownHost }

/** Key types that can be agreed on, the fastest good one first. A host that is known by others only is not known. */
export const KEY_TYPES = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
] as const

/** The lines of one set of known_hosts files. */
export class KnownHosts {
  /** By type and name, where lines name hosts as they are. */
  readonly #byName = new Map<string, KnownHost[]>()
  /** By type, those that have to be compared with each name. */
  readonly #compared = new Map<string, KnownHost[]>()
  readonly #byKey = new Map<string, KnownHost[]>()
  readonly #others: KnownHost[] = []
  /** A hashed line is about one name only, so once it has matched it need not be tried (3 µs) for any other. */
  readonly #claims = new Map<KnownHost, string>()

  constructor(lines: readonly KnownHost[]) {
    for (const line of lines) this.add(line)
  }

  add(line: KnownHost): void {
    if (line.marker !== 'cert-authority') listIn(this.#byKey, line.key).push(line)
    if (line.marker !== undefined) this.#others.push(line)
    else if (!isPlain(line)) listIn(this.#compared, line.type).push(line)
    else
      for (const name of new Set(line.names.patterns))
        listIn(this.#byName, placeOf(line.type, name)).push(line)
  }

  /** The key types on file for a host: these are to be negotiated first, else a host that is known by one seems to have changed. */
  typesOf(host: LookedUp): string[] {
    return KEY_TYPES.filter((type) => this.#linesOf(host, type).length > 0)
  }

  /** Changes nothing: it is called again when keys are renewed within a session. */
  judge(host: LookedUp, blob: Buffer): Verdict {
    const key = blob.toString('base64')
    const same = (this.#byKey.get(key) ?? []).filter((line) => this.#isAbout(line, host))
    const by = same.find((line) => line.marker === 'revoked')
    if (by) return { kind: 'revoked', by }
    if (same.length > 0) return { kind: 'known' }
    const known = this.#otherKeyOf(host.name, keyType(blob))
    if (known) return { kind: 'changed', known }
    const authority = this.#others.find(
      (line) => line.marker === 'cert-authority' && this.#isAbout(line, host),
    )
    return { kind: 'unknown', ...(authority && { authority }) }
  }

  #otherKeyOf(name: string, type: string): KnownHost | undefined {
    const types = [type, ...KEY_TYPES.filter((other) => other !== type)]
    for (const each of types) {
      const [line] = this.#linesOf({ name }, each)
      if (line) return line
    }
    return undefined
  }

  #linesOf(host: LookedUp, type: string): KnownHost[] {
    const names = host.plainName === undefined ? [host.name] : [host.name, host.plainName]
    return [
      ...names.flatMap((name) => this.#byName.get(placeOf(type, name)) ?? []),
      ...(this.#compared.get(type) ?? []).filter((line) => this.#isAbout(line, host)),
    ]
  }

  #isAbout(line: KnownHost, { name, plainName }: LookedUp): boolean {
    return this.#names(line, name) || (plainName !== undefined && this.#names(line, plainName))
  }

  #names(line: KnownHost, name: string): boolean {
    if (line.names.kind === 'patterns') return namesHost(line.names, name)
    const claimed = this.#claims.get(line)
    if (claimed !== undefined) return claimed === name
    const matches = namesHost(line.names, name)
    if (matches) this.#claims.set(line, name)
    return matches
  }
}

function placeOf(type: string, name: string): string {
  return `${type} ${name}`
}

/** A name is about one host, where it is neither hashed nor a pattern nor an exception. */
function isPlain(line: KnownHost): line is KnownHost & { readonly names: { readonly kind: 'patterns' } } {
  return line.names.kind === 'patterns' && line.names.patterns.every((pattern) => !/^!|[*?]/.test(pattern))
}

function listIn(map: Map<string, KnownHost[]>, key: string): KnownHost[] {
  const list = map.get(key) ?? []
  map.set(key, list)
  return list
}
