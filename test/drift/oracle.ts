import type { Difference } from '../../src/model/outcome.ts'
import { asPrinted } from './printed.ts'
import type { DriftChain, DriftTable } from './save-text.ts'
import { readSave } from './save-text.ts'

export interface Asked {
  /** What is there, and what is wanted, in words of the same kind. */
  readonly found: string
  readonly wanted: string
  readonly isForeign: (line: string) => boolean
  readonly told: readonly Difference[]
}

/**
 * What is wrong with the differences that were told, a sentence each: they must turn what was found into what is wanted,
 * chain by chain and in order, with no line more than it takes.
 */
export function misses({ found, wanted, isForeign, told }: Asked): readonly string[] {
  const [before, after] = [found, wanted].map((text) => chainsOf(text, isForeign))
  const toldOf = linesByChain(told)
  const places = new Set([...(before ?? []), ...(after ?? []), ...toldOf].map(([place]) => place))
  return [...places].flatMap((place) =>
    missesOfChain(place, before?.get(place), after?.get(place), toldOf.get(place) ?? NOTHING_TOLD).map(
      (miss) => `${place}: ${miss}`,
    ),
  )
}

interface ChainState {
  readonly policy: string
  /** How each of its rules is printed; what other programs keep is left out. */
  readonly rules: readonly (readonly string[])[]
  /** How many rules of other programs stand behind one of ours. */
  readonly misplaced: number
}

function chainsOf(text: string, isForeign: Asked['isForeign']): ReadonlyMap<string, ChainState> {
  const ours = (table: DriftTable) => table.chains.filter((chain) => !isForeign(`:${chain.name}`))
  return new Map(
    readSave(text).flatMap((table) =>
      ours(table).map((chain) => [`${table.name} ${chain.name}`, stateOf(chain, isForeign)] as const),
    ),
  )
}

function stateOf({ name, policy, rules }: DriftChain, isForeign: Asked['isForeign']): ChainState {
  const foreign = rules.map((rule) => isForeign(`-A ${name} ${rule}`))
  const firstOurs = foreign.indexOf(false)
  return {
    policy,
    rules: rules.filter((_rule, index) => foreign[index] === false).map(asPrinted),
    misplaced: firstOurs < 0 ? 0 : foreign.slice(firstOurs).filter(Boolean).length,
  }
}

interface Told {
  readonly policies: readonly string[]
  readonly gone: readonly string[]
  readonly come: readonly string[]
  readonly remarks: number
}

const NOTHING_TOLD: Told = { policies: [], gone: [], come: [], remarks: 0 }

function linesByChain(told: readonly Difference[]): ReadonlyMap<string, Told> {
  const found = new Map<string, Told>()
  for (const { table, line } of told) {
    const [, sign = '', chain = '', rest = ''] =
      /^([-+]) (?::|-A )(\S+) ?(.*)$/.exec(line) ?? /^(#).* -A (\S+) (.*)$/.exec(line) ?? []
    const place = `${table} ${chain}`
    const { policies, gone, come, remarks } = found.get(place) ?? NOTHING_TOLD
    const rules = asPrinted(rest)
    if (sign === '#') found.set(place, { policies, gone, come, remarks: remarks + 1 })
    else if (/^. :/.test(line))
      found.set(place, { policies: [...policies, `${sign}${rest}`], gone, come, remarks })
    else if (sign === '-') found.set(place, { policies, gone: [...gone, ...rules], come, remarks })
    else found.set(place, { policies, gone, come: [...come, ...rules], remarks })
  }
  return found
}

function missesOfChain(
  place: string,
  before: ChainState | undefined,
  after: ChainState | undefined,
  told: Told,
): readonly string[] {
  const isBuiltIn = /^[A-Z]+$/.test(place.split(' ')[1] ?? '')
  const [old, fresh] = [before, after].map((state) => state?.policy ?? (isBuiltIn ? 'ACCEPT' : undefined))
  const [rules, wantedRules] = [before?.rules ?? [], after?.rules ?? []]
  const [gone, come] = [rules.flat(), wantedRules.flat()]
  const policies =
    old === fresh
      ? []
      : [...(old === undefined ? [] : [`-${old}`]), ...(fresh === undefined ? [] : [`+${fresh}`])]
  return [
    ...expected('declarations', policies, told.policies),
    ...expected('rules, once all is done', sorted(come), sorted([...minus(gone, told.gone), ...told.come])),
    ...expected(
      'order of the rules that stay',
      gone.filter((rule) => !told.gone.includes(rule) && !told.come.includes(rule)),
      come.filter((rule) => !told.gone.includes(rule) && !told.come.includes(rule)),
    ),
    ...expected('lines told', fewest(rules, wantedRules), told.gone.length + told.come.length),
    ...expected('remarks', before?.misplaced ?? 0, told.remarks),
  ]
}

/** How many printed rules have to be told at the least: all save those that the two have in common in one order. */
function fewest(before: readonly (readonly string[])[], after: readonly (readonly string[])[]): number {
  let row = new Array<number>(after.length + 1).fill(0)
  for (const rule of before) {
    const next = [0]
    for (const [index, other] of after.entries()) {
      const best = Math.max(row[index + 1] ?? 0, next[index] ?? 0)
      next.push(String(rule) === String(other) ? (row[index] ?? 0) + rule.length : best)
    }
    row = next
  }
  return before.flat().length + after.flat().length - 2 * (row.at(-1) ?? 0)
}

function minus(lines: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...lines]
  for (const other of others) {
    const at = left.indexOf(other)
    if (at >= 0) left.splice(at, 1)
  }
  return left
}

function sorted(lines: readonly string[]): readonly string[] {
  return [...lines].sort()
}

function expected(what: string, wanted: unknown, got: unknown): readonly string[] {
  const [a, b] = [JSON.stringify(wanted), JSON.stringify(got)]
  return a === b ? [] : [`expected ${what} ${a}, got ${b}`]
}
