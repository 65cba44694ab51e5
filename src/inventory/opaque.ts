/**
 * A value that only Ansible can read: one under a tag (`!vault`, `!unsafe`), or text with a `{{ … }}` template.
 * It is carried along; whoever needs the value itself reports it by `description`.
 */
export class Opaque {
  readonly #description: string
  readonly #source: unknown

  constructor(description: string, source: unknown) {
    this.#description = description
    this.#source = source
  }

  /** For messages: `a !vault value`. */
  description(): string {
    return this.#description
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

/** Text that Ansible would evaluate becomes opaque; any other text stays. */
export function opaqueTemplate(text: string): string | Opaque {
  return text.includes('{{') || text.includes('{%') ? new Opaque('a {{ … }} template', text) : text
}
