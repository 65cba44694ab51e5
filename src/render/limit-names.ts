import type { TextFault } from './line-fault.ts'

/** A hashlimit of a rule: the kernel's table of that name, and the parameters that it is to have. */
export interface NamedLimit {
  readonly name: string
  readonly parameters: string
}

/** The hashlimits of a rule, given as its words; each begins with `-m hashlimit`. */
export function limitsOf(words: readonly string[]): readonly NamedLimit[] {
  if (!words.includes('hashlimit')) return []
  const matches: string[][] = []
  for (const [at, word] of words.entries()) {
    const next = words[at + 1] ?? ''
    if (word === '-m' && next === 'hashlimit') matches.push([])
    else if (word.startsWith('--hashlimit')) matches.at(-1)?.push(parameter(word, next))
  }
  return matches.flatMap((parameters) => {
    const name = parameters.find((one) => one.startsWith(NAME))
    if (name === undefined) return []
    const others = parameters.filter((one) => one !== name)
    return [{ name: name.slice(NAME.length), parameters: others.sort().join(' ') }]
  })
}

/**
 * Rules whose hashlimits have one name and other parameters: the kernel keeps one table for a name, with the
 * parameters of whichever rule came first.
 */
export class LimitNames {
  readonly faults: TextFault[] = []
  readonly #first = new Map<string, { readonly line: number; readonly parameters: string }>()

  add(line: number, { name, parameters }: NamedLimit): void {
    const other = this.#first.get(name)
    if (other === undefined) this.#first.set(name, { line, parameters })
    else if (other.parameters !== parameters) {
      const known = `${other.parameters} of line ${other.line}`
      this.faults.push({ line, message: `expected hashlimit ${name} with ${known}, got ${parameters}` })
    }
  }
}

const NAME = '--hashlimit-name '

/**
 * The rate belongs to the table; whether a rule matches above it or up to it is the rule's own affair. `30/minute` is
 * `30/min`.
 */
function parameter(option: string, value: string): string {
  if (/^--hashlimit(?:-upto|-above)?$/.test(option)) {
    return `a rate of ${value.replace(/\/([smhd])[a-z]*$/, '/$1')}`
  }
  return value.startsWith('-') ? option : `${option} ${value}`
}
