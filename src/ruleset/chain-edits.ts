import type { Doer, Edit } from './edits.ts'
import { editsOf } from './edits.ts'
import type { Chain, Table } from './parse.ts'
import { ruleLine } from './parse.ts'

/** A line of iptables-save that goes (`- `) or comes (`+ `) in a table, or a remark (`# `); and whose doing that is. */
export interface LineChange {
  readonly table: string
  readonly line: string
  readonly by: Doer
}

/** One chain at three moments; absent where it was not there. */
export interface ChainVersions {
  readonly before: Chain | undefined
  readonly after: Chain | undefined
  /** `nothing`: no table of this family was ever confirmed. */
  readonly confirmed: Chain | undefined | 'nothing'
}

/** The line that declares the chain: its policy. */
export function declarationEdits(versions: ChainVersions): readonly Edit[] {
  return edits(versions, (chain) => [`:${chain.name} ${chain.policy ?? '-'}`])
}

/** Its rules, in their order. */
export function ruleEdits(versions: ChainVersions): readonly Edit[] {
  return edits(versions, (chain) => chain.rules.map((rule) => ruleLine(chain.name, rule)))
}

/** An edit as it is shown. */
export function lineChange(table: string, { sign, line, by }: Edit): LineChange {
  return { table, line: `${sign} ${line}`, by }
}

/** The chains of a table by their names. */
export type Chains = ReadonlyMap<string, Chain>

export function chainsOf(table: Table | undefined): Chains {
  return new Map(table?.chains.map((chain) => [chain.name, chain]))
}

/** What a chain is that is declared nowhere: a built-in one lets everything through, any other is not there. */
export function defaultChain(name: string, builtIn: boolean): Chain | undefined {
  return builtIn ? { name, policy: 'ACCEPT', rules: [] } : undefined
}

function edits(
  { before, after, confirmed }: ChainVersions,
  linesOf: (chain: Chain) => readonly string[],
): readonly Edit[] {
  const lines = (chain: Chain | undefined) => (chain === undefined ? [] : linesOf(chain))
  return editsOf({
    before: lines(before),
    after: lines(after),
    confirmed: confirmed === 'nothing' ? undefined : lines(confirmed),
  })
}
