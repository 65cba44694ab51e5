import type { Random } from '../faults/random.ts'
import { pick } from '../faults/random.ts'
import { flipBit, hasAddress } from './flip-bit.ts'
import type { DriftChain, DriftTable } from './save-text.ts'
import { readSave, writeSave } from './save-text.ts'

export const EDITS = [
  'rule-added',
  'rule-removed',
  'rule-moved',
  'policy-changed',
  'chain-added',
  'chain-removed',
  'address-changed',
] as const

export type EditKind = (typeof EDITS)[number]

/** A text of iptables-save with one thing changed. */
export interface Edited {
  readonly kind: EditKind
  /** What was done, for people. */
  readonly what: string
  readonly text: string
}

/**
 * Changes one thing in a text of iptables-save, for as long as it takes to find one that can be. What another program keeps
 * stays as it is: `isForeign` is asked of lines such as `:CHAIN` and `-A CHAIN …`.
 */
export function randomEdit(random: Random, text: string, isForeign: (line: string) => boolean): Edited {
  const tables = readSave(text)
  for (;;) {
    const kind = pick(random, EDITS)
    const table = pick(random, tables)
    const edit = editOf(kind, { random, table, isForeign })
    if (edit === undefined) continue
    const edited = tables.map((each) => (each === table ? { ...table, chains: edit.chains } : each))
    return { kind, what: `${table.name}: ${edit.what}`, text: writeSave(edited) }
  }
}

interface Place {
  readonly random: Random
  readonly table: DriftTable
  readonly isForeign: (line: string) => boolean
}

interface TableEdit {
  readonly what: string
  readonly chains: readonly DriftChain[]
}

function editOf(kind: EditKind, place: Place): TableEdit | undefined {
  switch (kind) {
    case 'rule-added':
      return ruleAdded(place)
    case 'rule-removed':
      return ruleRemoved(place)
    case 'rule-moved':
      return ruleMoved(place)
    case 'policy-changed':
      return policyChanged(place)
    case 'chain-added':
      return chainAdded(place)
    case 'chain-removed':
      return chainRemoved(place)
    case 'address-changed':
      return addressChanged(place)
  }
}

/** One that stands there already may come once more. */
function ruleAdded({ random, table, isForeign }: Place): TableEdit | undefined {
  const chain = pickOne(random, ourChains({ table, isForeign }))
  if (chain === undefined) return undefined
  const known = ourRules(chain, isForeign)
  const rule =
    known.length > 0 && random() < 0.3
      ? pick(random, known).rule
      : `-s ${Math.floor(random() * 223) + 1}.${Math.floor(random() * 256)}.0.0/16 -p tcp -m tcp --dport ${Math.floor(random() * 65_535) + 1} -j RETURN`
  const at = Math.floor(random() * (chain.rules.length + 1))
  const rules = [...chain.rules.slice(0, at), rule, ...chain.rules.slice(at)]
  return edited(table, chain, rules, `added at ${at}: -A ${chain.name} ${rule}`)
}

function ruleRemoved({ random, table, isForeign }: Place): TableEdit | undefined {
  const found = pickRule({ random, table, isForeign })
  if (found === undefined) return undefined
  const { chain, at, rule } = found
  return edited(table, chain, without(chain.rules, at), `removed at ${at}: -A ${chain.name} ${rule}`)
}

function ruleMoved({ random, table, isForeign }: Place): TableEdit | undefined {
  const found = pickRule({ random, table, isForeign })
  if (found === undefined) return undefined
  const { chain, at, rule } = found
  const others = without(chain.rules, at)
  const to = Math.floor(random() * chain.rules.length)
  const rules = [...others.slice(0, to), rule, ...others.slice(to)]
  const isSame = rules.every((each, index) => each === chain.rules[index])
  return isSame
    ? undefined
    : edited(table, chain, rules, `moved from ${at} to ${to}: -A ${chain.name} ${rule}`)
}

/** iptables lets no packet fall by a policy of the table nat. */
function policyChanged({ random, table }: Place): TableEdit | undefined {
  const builtIn = table.chains.filter((chain) => chain.policy !== '-')
  const chain = table.name === 'nat' ? undefined : pickOne(random, builtIn)
  if (chain === undefined) return undefined
  const policy = chain.policy === 'ACCEPT' ? 'DROP' : 'ACCEPT'
  const chains = table.chains.map((each) => (each === chain ? { ...chain, policy } : each))
  return { what: `policy of ${chain.name} is ${policy}`, chains }
}

function chainAdded({ random, table }: Place): TableEdit {
  const name = `spare-${Math.floor(random() * 1_000)}`
  const rules = random() < 0.5 ? [] : ['-j ACCEPT']
  return { what: `chain ${name} added`, chains: [...table.chains, { name, policy: '-', rules }] }
}

/** With every rule that refers to it, or it could not go. */
function chainRemoved({ random, table, isForeign }: Place): TableEdit | undefined {
  const users = ourChains({ table, isForeign }).filter((chain) => chain.policy === '-')
  const chain = pickOne(random, users)
  if (chain === undefined) return undefined
  const refers = (rule: string) => new RegExp(`(^| )-[jg] ${chain.name}( |$)`).test(rule)
  const chains = table.chains
    .filter((each) => each !== chain)
    .map((each) => ({ ...each, rules: each.rules.filter((rule) => !refers(rule)) }))
  return { what: `chain ${chain.name} removed`, chains }
}

function addressChanged({ random, table, isForeign }: Place): TableEdit | undefined {
  const found = pickRule({ random, table, isForeign }, hasAddress)
  if (found === undefined) return undefined
  const { chain, at, rule } = found
  const changed = flipBit(random, rule)
  const rules = chain.rules.map((each, index) => (index === at ? changed : each))
  return edited(table, chain, rules, `-A ${chain.name} ${rule} is ${changed}`)
}

function edited(table: DriftTable, chain: DriftChain, rules: readonly string[], what: string): TableEdit {
  return { what, chains: table.chains.map((each) => (each === chain ? { ...chain, rules } : each)) }
}

function ourChains({ table, isForeign }: Omit<Place, 'random'>): readonly DriftChain[] {
  return table.chains.filter((chain) => !isForeign(`:${chain.name}`))
}

interface RulePlace {
  readonly chain: DriftChain
  readonly at: number
  readonly rule: string
}

function ourRules(chain: DriftChain, isForeign: Place['isForeign']): readonly RulePlace[] {
  return chain.rules
    .map((rule, at) => ({ chain, at, rule }))
    .filter(({ rule }) => !isForeign(`-A ${chain.name} ${rule}`))
}

function pickRule(
  { random, table, isForeign }: Place,
  test: (rule: string) => boolean = () => true,
): RulePlace | undefined {
  const rules = ourChains({ table, isForeign }).flatMap((chain) => ourRules(chain, isForeign))
  return pickOne(
    random,
    rules.filter(({ rule }) => test(rule)),
  )
}

function pickOne<T>(random: Random, list: readonly T[]): T | undefined {
  return list.length === 0 ? undefined : pick(random, list)
}

function without<T>(list: readonly T[], at: number): readonly T[] {
  return list.filter((_item, index) => index !== at)
}
