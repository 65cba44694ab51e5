import { readdirSync, readFileSync } from 'node:fs'
import type { Family } from '../../src/model/family.ts'
import { FAMILIES } from '../../src/model/family.ts'
import { ruleWords } from '../../src/ruleset/words.ts'

/** A rule in the words of whoever wrote it. */
export interface CorpusRule {
  readonly family: Family
  readonly table: string
  /** `-A CHAIN …` */
  readonly line: string
}

export interface Corpus {
  readonly rules: readonly CorpusRule[]
  /** The user chains of a table that stands in the rules of a family. */
  chains(family: Family, table: string): readonly string[]
}

/**
 * The files of `rules/`, whose names end in the family that they are for. The rest of a name is free; by it they are in order,
 * save that what counts packets comes before all that may let them go.
 */
export function readCorpus(): Corpus {
  const files = readdirSync(DIRECTORY).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
  const read = files.flatMap((file) => {
    const text = readFileSync(`${DIRECTORY}/${file}`, 'utf8')
    return familiesOf(file).flatMap((family) => statements(family, text))
  })
  return {
    rules: read.filter(({ line }) => line.startsWith('-A ')),
    chains: (family, table) =>
      read
        .filter((each) => each.family === family && each.table === table && each.line.startsWith(':'))
        .map(({ line }) => ruleWords(line)[0]?.slice(1) ?? ''),
  }
}

/** The matches and targets that a rule names, as `-m recent` and `-j SNAT`; chains and plain verdicts are none. */
export function modulesOf({ line }: Pick<CorpusRule, 'line'>): readonly string[] {
  const words = ruleWords(line)
  return words.flatMap((word, index) => {
    const name = words[index + 1] ?? ''
    if (word === '-m') return [`-m ${name}`]
    return word === '-j' && /^[A-Z]+$/.test(name) && !VERDICTS.includes(name) ? [`-j ${name}`] : []
  })
}

/**
 * Whether one of two rules may be what iptables prints for the other: both are of the same chain and name the same
 * matches and target. A protocol's own match is added when it is printed.
 */
export function isLike(one: string, other: string): boolean {
  return likeness(one) === likeness(other)
}

function likeness(line: string): string {
  const modules = modulesOf({ line }).filter((name) => !line.includes(` -p ${name.slice('-m '.length)} `))
  return [ruleWords(line)[1], ...modules].sort().join(' ')
}

const DIRECTORY = `${import.meta.dirname}/rules`

const VERDICTS = ['ACCEPT', 'DROP', 'RETURN', 'QUEUE']

function rank(file: string): number {
  return file.startsWith('changing.') ? 0 : 1
}

function familiesOf(file: string): readonly Family[] {
  return FAMILIES.filter((family) => file.endsWith(`.${family}`) || file.endsWith('.both'))
}

function statements(family: Family, text: string): readonly CorpusRule[] {
  let table = ''
  return text.split('\n').flatMap((line) => {
    if (line.startsWith('*')) table = line.slice(1)
    return line.startsWith(':') || line.startsWith('-A ') ? [{ family, table, line }] : []
  })
}
