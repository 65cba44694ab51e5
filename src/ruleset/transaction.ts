import { assertCanonical } from './canonical.ts'
import type { LineChange } from './chain-edits.ts'
import { describeChange } from './changes.ts'
import { forwardLines } from './forward.ts'
import { inverseLines } from './inverse.ts'
import { normalForm } from './normal-form.ts'
import { claimedRules } from './ownership.ts'
import type { Ruleset, Table } from './parse.ts'
import { formatRuleset, parseRuleset, ruleLine } from './parse.ts'
import { staying, stoodBefore } from './places/stood.ts'
import { isSameText } from './same-text.ts'
import { inOrder } from './table-order.ts'
import type { ChainChange, LivePlace, LiveRule, TableChange } from './table-change.ts'
import {
  isEmpty,
  isReloaded,
  misplacedRules,
  removedRules,
  tableAfter,
  tableChange,
  undeletableRules,
} from './table-change.ts'

/**
 * How `-D` has to write a live rule, without its chain. `undefined`: no spelling deletes it, or the chain has rules
 * that print alike and are spelled differently.
 */
export type Spelling = (place: LivePlace & { readonly table: string }) => string | undefined

export interface TransactionInput {
  /** What iptables-save printed. */
  readonly live: string
  /** What was rendered: its own words are what is appended. */
  readonly wanted: string
  /** `wanted` as this host's iptables prints it: what is compared. */
  readonly canonical: string
  /** What our last generation was, as this host's iptables prints it; empty where there is none. */
  readonly former: string
  /** The same in the words of the host's iptables of today, where they are known. Default: `former`. */
  readonly confirmed?: string
  /** What iptables-save printed when `wanted` was live: foreign rules get those places. Default: they come first. */
  readonly around?: string | undefined
  /** What the receipt of our last generation notes; see `Transaction`. Default: nothing. */
  readonly stood?: readonly string[]
  /** A `foreignPattern`. */
  readonly foreign: string
  /** Default: every rule is spelled as it is printed. */
  readonly spelling?: Spelling
  /** Whether a chain can be loaded again from `live`. Default: not. */
  readonly isExact?: boolean
  /** Rules that are more than what `live` has of them, as `TABLE LINE`. Default: none. */
  readonly native?: readonly string[]
}

export interface Transaction {
  /** Input for `iptables-restore --noflush`; empty when live is as wanted. One commit for each table, filter last. */
  readonly forward: string
  /**
   * Undoes `forward`: live is then exactly what it was, and where foreign rules came or went meanwhile everything
   * else is. It is refused as a whole where too many foreign rules went that ours stood between. Filter comes first.
   * A table with a chain that `forward` loads again for speed is not in it: it would take too long.
   */
  readonly inverse: string
  /** Those that `forward` touches. */
  readonly tables: readonly string[]
  /** Rules of ours in them that `foreign` matches, as `TABLE RULE`: to undo `forward` they have to go and come back too. */
  readonly claimed: string
  /** Rules of other programs that wanted has too, for the receipt; see `stoodBefore`. */
  readonly stood: readonly string[]
  /** The normal form of `tables` after `forward`. */
  readonly expected: string
  /** Table by table: see `describeChange`. Empty when live is as wanted. */
  readonly changes: readonly LineChange[]
  /** Rules of other programs that it moves before ours, as they are printed. */
  readonly misplaced: readonly string[]
  /** Rules of ours that cannot get their places of then, as they are printed. */
  readonly unplaced: readonly string[]
  /** Rules of ours that no words delete, as they are printed: their chains are flushed. */
  readonly undeletable: readonly string[]
  /** Those of `native` that it would remove, or put back as less than they are. */
  readonly lostNative: readonly string[]
}

/**
 * How live becomes wanted without touching what belongs to other programs. Tables that wanted does not name stay
 * as they are, unless our last generation named them: then what is ours is removed there. Throws RulesetError
 * where a text is no ruleset, where wanted declares a foreign chain, and where `canonical` cannot be wanted's.
 */
export function makeTransaction(input: TransactionInput): Transaction {
  const written = parseRuleset(input.wanted)
  const wanted = parseRuleset(input.canonical)
  assertCanonical(written, wanted)
  const stood = stoodBefore({
    live: parseRuleset(input.live),
    wanted,
    former: parseRuleset(input.former),
    stood: input.stood ?? [],
    foreign: new RegExp(input.foreign),
  })
  if (isSameText(input.live, input.canonical)) return { ...NOTHING_TO_DO, stood }
  const changes = tableChanges(input, written, wanted)
  const tables = changes.map((change) => change.name)
  return {
    forward: changes.map((change) => commit(change.name, forwardLines(change))).join(''),
    inverse: changes
      .filter((change) => !change.chains.some(isReloaded))
      .map((change) => commit(change.name, inverseLines(change)))
      .reverse()
      .join(''),
    tables,
    claimed: claimed(input, wanted, tables),
    stood,
    expected: normalForm(formatRuleset(changes.map(tableAfter)), { tables, foreign: input.foreign }),
    changes: describedChanges(input, changes),
    misplaced: changes.flatMap((change) => linesOf(change, misplacedRules)),
    unplaced: changes.flatMap((change) =>
      textsOf(change, (chain) => (chain.rewritten ? (chain.places?.unplaced ?? []) : [])),
    ),
    undeletable: changes.flatMap((change) => linesOf(change, undeletableRules)),
    lostNative: lostNative(input.native, changes),
  }
}

const NOTHING_TO_DO: Transaction = {
  forward: '',
  inverse: '',
  tables: [],
  claimed: '',
  stood: [],
  expected: '',
  changes: [],
  misplaced: [],
  unplaced: [],
  undeletable: [],
  lostNative: [],
}

function tableChanges(input: TransactionInput, written: Ruleset, wanted: Ruleset): readonly TableChange[] {
  const live = parseRuleset(input.live)
  const former = parseRuleset(input.former)
  const around = parseRuleset(input.around ?? '')
  const spelling: Spelling = input.spelling ?? (({ rule }) => rule)
  return inOrder(new Set([...names(written), ...names(former)]))
    .map((name) =>
      tableChange({
        name,
        live: find(live, name),
        wanted: find(wanted, name),
        former: find(former, name),
        written: find(written, name),
        around: find(around, name),
        foreign: new RegExp(input.foreign),
        staying: staying(input.stood ?? [], name, find(wanted, name)),
        spelling: (place) => spelling({ table: name, ...place }),
        isExact: input.isExact === true,
      }),
    )
    .filter((change) => !isEmpty(change))
}

function claimed({ former, foreign }: TransactionInput, wanted: Ruleset, tables: readonly string[]): string {
  const generation = parseRuleset(former)
  return tables
    .flatMap((name) =>
      claimedRules({ wanted: find(wanted, name), former: find(generation, name) }, new RegExp(foreign)).map(
        (rule) => `${name} ${rule}\n`,
      ),
    )
    .join('')
}

function lostNative(native: readonly string[] = [], changes: readonly TableChange[]): readonly string[] {
  if (native.length === 0) return native
  const removed = new Set(
    changes.flatMap(({ name: table, chains }) =>
      chains.flatMap((chain) =>
        removedRules(chain).map(({ text }) => `${table} ${ruleLine(chain.name, text)}`),
      ),
    ),
  )
  return native.filter((rule) => removed.has(rule))
}

function describedChanges(
  { former, confirmed = former }: TransactionInput,
  changes: readonly TableChange[],
): readonly LineChange[] {
  const generation = parseRuleset(confirmed)
  return changes.flatMap((change) =>
    describeChange(change, confirmed === '' ? 'nothing' : find(generation, change.name)),
  )
}

function linesOf(
  change: TableChange,
  rulesOf: (chain: ChainChange) => readonly LiveRule[],
): readonly string[] {
  return textsOf(change, (chain) => rulesOf(chain).map(({ text }) => text))
}

function textsOf(
  { name, chains }: TableChange,
  of: (chain: ChainChange) => readonly string[],
): readonly string[] {
  const inTable = name === 'filter' ? '' : `-t ${name} `
  return chains.flatMap((chain) => of(chain).map((text) => `${inTable}${ruleLine(chain.name, text)}`))
}

function names(ruleset: Ruleset): readonly string[] {
  return ruleset.map((table) => table.name)
}

function find(ruleset: Ruleset, name: string): Table | undefined {
  return ruleset.find((table) => table.name === name)
}

function commit(table: string, lines: readonly string[]): string {
  return [`*${table}`, ...lines, 'COMMIT'].map((line) => `${line}\n`).join('')
}
