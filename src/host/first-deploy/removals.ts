import type { Family } from '../../model/family.ts'
import { FAMILIES } from '../../model/family.ts'
import type { Difference, FamilyState, Removal } from '../../model/outcome.ts'
import type { Examination } from '../../remote/examine.ts'
import { parseRuleset } from '../../ruleset/parse.ts'
import type { Plan } from '../plan.ts'
import { ownerOf } from './owner.ts'

/**
 * What a plan takes away if mailfw has deployed nothing yet: on the whole host, or in the tables that its last generation did
 * not name. Lines that `foreign` (a `foreignPattern`) matches in the saved file come back with their program.
 */
export function removalsOf(
  { states, foreign, canonical }: Plan,
  examination: Examination,
): readonly Removal[] {
  const pattern = new RegExp(foreign)
  return FAMILIES.flatMap((family) => {
    const [state, examined] = [states[family], examination.families[family]]
    if (!state || examined === undefined) return []
    const removals = removalsIn(family, state, pattern)
    if (examination.generation === undefined) return removals
    const [known, named] = [tablesOf(examined.former), tablesOf(canonical[family] ?? '')]
    return removals.filter(({ table }) => named.includes(table) && !known.includes(table))
  })
}

function tablesOf(text: string): readonly string[] {
  return parseRuleset(text).map(({ name }) => name)
}

function removalsIn(family: Family, { differences = [] }: FamilyState, foreign: RegExp): readonly Removal[] {
  const live = linesThatGo(differences.filter((difference) => difference.in === 'live'))
  const saved = linesThatGo(differences.filter((difference) => difference.in === 'saved')).filter(
    ({ line }) => !foreign.test(line),
  )
  // A key for each rule of the longest answer costs much memory: none if nothing goes on one of the two sides
  const common = live.length > 0 && saved.length > 0 ? commonKeys(live, saved) : new Set<string>()
  const isInBoth = (each: Line) => common.size > 0 && common.has(looseKey(each))
  const removal = (where: Removal['in'], each: Line): Removal => ({
    family,
    in: where,
    ...each,
    owner: ownerOf(each.line, where),
  })
  return [
    ...live.map((each) => removal(isInBoth(each) ? 'both' : 'live', each)),
    ...saved.filter((each) => !isInBoth(each)).map((each) => removal('saved', each)),
  ]
}

function commonKeys(live: readonly Line[], saved: readonly Line[]): ReadonlySet<string> {
  const inSaved = new Set(saved.map(looseKey))
  return new Set(live.map(looseKey).filter((key) => inSaved.has(key)))
}

function looseKey({ table, line }: Line): string {
  return `${table} ${loosely(line)}`
}

/** A file may spell a rule otherwise than iptables-save prints it. */
function loosely(line: string): string {
  const words = line.replaceAll(/ -m (?:tcp|udp|icmp6?)(?= )/g, '').replaceAll(/\/(?:32|128)(?= |$)/g, '')
  return words.split(' ').sort().join(' ')
}

interface Line {
  readonly table: string
  readonly line: string
}

/** Rules and user chains that are not there afterwards: what only moves, and a policy that changes, does not count. */
function linesThatGo(differences: readonly Difference[]): readonly Line[] {
  const stays = new Set(
    differences.flatMap(({ table, line }) => (line.startsWith('+ ') ? [`${table} ${line.slice(2)}`] : [])),
  )
  const lines = differences.flatMap(({ table, line }) =>
    line.startsWith('- ') ? [{ table, line: line.slice(2) }] : [],
  )
  const chains = new Set(lines.map(({ table, line }) => `${table} ${/^-A (\S+)/.exec(line)?.[1] ?? ''}`))
  return lines.filter(({ table, line }) => {
    const [, declared] = /^:(\S+) -$/.exec(line) ?? []
    if (line.startsWith(':') && (declared === undefined || chains.has(`${table} ${declared}`))) return false
    return !stays.has(`${table} ${line}`)
  })
}

/** For what was shown to a person, and is still to be taken. */
export function removalKey({ family, table, line }: Removal): string {
  return `${family} ${table} ${line}`
}
