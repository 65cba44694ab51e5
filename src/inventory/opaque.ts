/**
 * A value that mailfw cannot read: one under a tag (`!vault`, `!unsafe`), text with a `{{ … }}` template, or
 * encrypted text. It is carried along; what needs the value itself reports it by `description`.
 */
export class Opaque {
  readonly #description: string
  readonly #source: unknown
  readonly #reader: string

  constructor(description: string, source: unknown, reader = 'Ansible') {
    this.#description = description
    this.#source = source
    this.#reader = reader
  }

  /** For messages: `a !vault value`. */
  description(): string {
    return this.#description
  }

  /** For messages: who can read it. */
  reader(): string {
    return this.#reader
  }

  /** What was written, without the tag. */
  source(): unknown {
    return this.#source
  }

  toString(): string {
    return `[${this.#description}]`
  }

  toJSON(): string {
    return this.toString()
  }
}

/** Text that Ansible would evaluate, or that was encrypted, becomes opaque; any other text stays. */
export function opaqueText(text: string): string | Opaque {
  if (text.includes('{{') || text.includes('{%')) return new Opaque('a {{ … }} template', text)
  const encrypted = ENCRYPTED.find(({ form }) => form.test(text))
  return encrypted === undefined ? text : new Opaque(encrypted.what, text, encrypted.reader)
}

/** What tools leave in place of a value; as it stands it is nobody's password. */
const ENCRYPTED: readonly { form: RegExp; what: string; reader: string }[] = [
  { form: /^ENC\[[A-Z0-9_]+,.*\]$/s, what: 'a value that sops encrypted (ENC[…])', reader: 'sops' },
  { form: /^EJ\[[0-9]+:.*\]$/s, what: 'a value that ejson encrypted (EJ[…])', reader: 'ejson' },
  {
    form: /^\s*\$ANSIBLE_VAULT;/,
    what: 'a value that ansible-vault encrypted, without !vault',
    reader: 'ansible-vault',
  },
  {
    form: /^-----BEGIN (?:PGP MESSAGE|AGE ENCRYPTED FILE)-----/,
    what: 'an encrypted message',
    reader: 'gpg or age',
  },
]
