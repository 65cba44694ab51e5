import type { Rule } from './check-rule.ts'
import type { TextFault } from './check-text.ts'

/**
 * Rules whose hashlimits have one name and other parameters: the kernel keeps one table for a name, with the
 * parameters of whichever rule came first.
 */
export function checkLimitNames(rules: readonly Rule[]): TextFault[] {
  const first = new Map<string, { readonly line: number; readonly parameters: string }>()
  const faults: TextFault[] = []
  for (const { line, words } of rules) {
    for (const { name, parameters } of limitsOf(words)) {
      const other = first.get(name)
      if (other === undefined) first.set(name, { line, parameters })
      else if (other.parameters !== parameters) {
        const known = `${other.parameters} of line ${other.line}`
        faults.push({ line, message: `expected hashlimit ${name} with ${known}, got ${parameters}` })
      }
    }
  }
  return faults
}

interface NamedLimit {
  readonly name: string
  readonly parameters: string
}

/** A rule may carry several; each begins with `-m hashlimit`. */
function limitsOf(words: readonly string[]): NamedLimit[] {
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

const NAME = '--hashlimit-name '

/** The rate belongs to the table; whether a rule matches above it or up to it is the rule's own affair. `30/minute` is `30/min`. */
function parameter(option: string, value: string): string {
  if (/^--hashlimit(?:-upto|-above)?$/.test(option)) {
    return `a rate of ${value.replace(/\/(s|sec|second|m|min|minute|h|hour|d|day)$/, (_, unit: string) => `/${unit.charAt(0)}`)}`
  }
  return value.startsWith('-') ? option : `${option} ${value}`
}
