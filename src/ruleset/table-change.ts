import type { Places } from './places/around.ts'
import { placesAround } from './places/around.ts'
import type { TableStates } from './ownership.ts'
import { ownership } from './ownership.ts'
import type { Chain, Table } from './parse.ts'
import { RulesetError, ruleLine } from './parse.ts'

export interface LiveRule {
  /** As it is printed. */
  readonly text: string
  /** As `-D` and `-A` have to write exactly this rule; absent where nothing but a flush removes it. */
  readonly spelled: string | undefined
  readonly foreign: boolean
}

/** A chain of ours, before and after. */
export interface ChainChange {
  readonly name: string
  readonly builtIn: boolean
  /** Absent for user chains. */
  readonly policyBefore: string | undefined
  readonly policyAfter: string | undefined
  /** Absent: the chain is not there. */
  readonly before: readonly LiveRule[] | undefined
  /** Our rules as this host prints them; foreign ones come first, or as `places` has it. Absent: the chain goes. */
  readonly after: readonly string[] | undefined
  /** `after` in the user's own words. */
  readonly appended: readonly string[]
  /** Absent: all rules of other programs stand first. */
  readonly places?: Places
  /** Whether our rules have to be taken out of a chain that stays, and `appended` put in. */
  readonly rewritten: boolean
  /** Whether it can be loaded again from what is printed. */
  readonly isExact: boolean
}

export interface TableChange {
  readonly name: string
  /** All chains of ours, those included that stay as they are. */
  readonly chains: readonly ChainChange[]
  /** Chains of other programs. */
  readonly untouched: readonly Chain[]
}

/** A rule as it is printed, and its chain. */
export interface LivePlace {
  readonly chain: string
  readonly rule: string
}

export interface TableInput extends TableStates {
  readonly name: string
  /** `wanted` in the user's own words. */
  readonly written: Table | undefined
  /** The table with the rules of other programs, as it was when wanted was live; absent: they shall stand first. */
  readonly around: Table | undefined
  readonly foreign: RegExp
  /** Lines that another program had before we did: one of each stays. */
  readonly staying: ReadonlySet<string>
  readonly spelling: (place: LivePlace) => string | undefined
  /** Whether a chain can be loaded again from what is printed. */
  readonly isExact: boolean
}

/**
 * What has to become of each chain of a table. Throws RulesetError where wanted declares a chain that `foreign`
 * leaves to another program.
 */
export function tableChange(input: TableInput): TableChange {
  const owner = ownership(input, input.foreign)
  const live = input.live?.chains ?? []
  const wanted = input.wanted?.chains ?? []
  for (const chain of wanted.filter(owner.isForeignChain))
    throw new RulesetError(
      `the wanted rules declare the chain ${chain.name} in the table ${input.name}, which mailfw_preserve leaves to another program; expected another name`,
    )
  const [untouched, ours] = partition(live, owner.isForeignChain)
  const before = byName(ours)
  const after = byName(wanted)
  const written = byName(input.written?.chains ?? [])
  const around = byName(input.around?.chains ?? [])
  const names = [...new Set([...before.keys(), ...after.keys()])]
  const stayed = new Set<string>()
  const stays = (line: string): boolean =>
    input.staying.has(line) && !stayed.has(line) && stayed.add(line).has(line)
  return {
    name: input.name,
    untouched,
    chains: names.map((name) => {
      const chain = before.get(name)
      const rules = chain?.rules.map((text) => ({
        text,
        spelled: input.spelling({ chain: name, rule: text }),
        foreign: owner.isForeignRule(chain, text) || stays(ruleLine(name, text)),
      }))
      return chainChange({
        name,
        chain,
        rules,
        wanted: after.get(name),
        written: written.get(name),
        then: around.get(name)?.rules.map((text) => ({
          text,
          foreign: owner.isForeignRule({ name, policy: undefined, rules: [] }, text),
        })),
        isExact: input.isExact,
      })
    }),
  }
}

/** Whether anything has to be done. */
export function isEmpty(change: TableChange): boolean {
  return change.chains.every(
    (chain) =>
      !chain.rewritten &&
      chain.policyBefore === chain.policyAfter &&
      (chain.builtIn || (chain.before === undefined) === (chain.after === undefined)),
  )
}

/** Our rules that no words delete. */
export function undeletableRules({ before = [], rewritten }: ChainChange): readonly LiveRule[] {
  return rewritten ? before.filter((rule) => !rule.foreign && rule.spelled === undefined) : []
}

/** What iptables deletes and does not append again as it is: our rules, and if the chain is flushed those of others. */
export function removedRules(chain: ChainChange): readonly LiveRule[] {
  const { before = [], after, rewritten } = chain
  if (after === undefined || isFlushed(chain)) return before
  return rewritten ? before.filter((rule) => !rule.foreign) : []
}

/** If one of our rules cannot be deleted by its words, none is: the chain is flushed, and foreign rules are put back. */
export function isFlushed(chain: ChainChange): boolean {
  return undeletableRules(chain).length > 0 || isReloaded(chain)
}

/** To delete a rule takes a look at each one before it: from so many looks on, on nft some seconds, the chain is loaded as a whole. */
const MOST_LOOKS = 1_000_000

/** What another program counts in a rule is lost when the rule is put back. */
const COUNTING =
  / (?:-m (?:recent|hashlimit|connlimit|limit|quota|statistic|rateest)|-j (?:IDLETIMER|RATEEST)) /

/** Whether it is flushed and loaded again for speed alone. */
export function isReloaded({ before = [], rewritten, isExact }: ChainChange): boolean {
  if (!rewritten || !isExact) return false
  const foreign = before.filter((rule) => rule.foreign)
  return (
    looksFor(before) > MOST_LOOKS &&
    foreign.every((rule) => rule.spelled !== undefined && !COUNTING.test(` ${rule.text} `))
  )
}

function looksFor(rules: readonly LiveRule[]): number {
  let [looks, foreign] = [0, 0]
  for (const rule of rules) {
    if (rule.foreign) foreign += 1
    else looks += foreign
  }
  return looks
}

/** Foreign rules behind ours, where packets may never reach them. */
export function misplacedRules({ before = [], rewritten, places }: ChainChange): readonly LiveRule[] {
  if (places) return []
  const firstOurs = before.findIndex((rule) => !rule.foreign)
  return rewritten && firstOurs >= 0 ? before.slice(firstOurs).filter((rule) => rule.foreign) : []
}

/** The table as it is once the change is made. */
export function tableAfter(change: TableChange): Table {
  const ours = change.chains.flatMap(({ name, before = [], after, policyAfter }) => {
    const foreign = before.filter((rule) => rule.foreign).map((rule) => rule.text)
    return after === undefined ? [] : [{ name, policy: policyAfter, rules: [...foreign, ...after] }]
  })
  return { name: change.name, chains: [...ours, ...change.untouched] }
}

interface ChainStates {
  readonly name: string
  readonly chain: Chain | undefined
  readonly rules: readonly LiveRule[] | undefined
  readonly wanted: Chain | undefined
  readonly written: Chain | undefined
  readonly then: readonly Pick<LiveRule, 'text' | 'foreign'>[] | undefined
  readonly isExact: boolean
}

function chainChange(states: ChainStates): ChainChange {
  const { name, chain, wanted, written } = states
  const builtIn = (chain ?? wanted)?.policy !== undefined
  const before = states.rules ?? (builtIn ? [] : undefined)
  const stays = builtIn || wanted !== undefined || before?.some((rule) => rule.foreign) === true
  const after = stays ? (wanted?.rules ?? []) : undefined
  const appended = written?.rules ?? []
  const places =
    before && after && states.then && appended.length === after.length
      ? placesAround({ now: before, then: states.then, ours: after })
      : undefined
  const rewritten = before !== undefined && after !== undefined && !isAsWanted(before, after, places)
  const change = {
    name,
    builtIn,
    policyBefore: builtIn ? (chain?.policy ?? 'ACCEPT') : undefined,
    policyAfter: builtIn ? (wanted?.policy ?? 'ACCEPT') : undefined,
    before,
    after,
    appended,
    ...(places && { places }),
    rewritten,
    isExact: states.isExact,
  }
  assertCanBePutBack(change)
  return change
}

/** A rule of another program that no words name cannot be put back after a flush. */
function assertCanBePutBack(change: ChainChange): void {
  const [undeletable] = undeletableRules(change)
  const foreign = change.before?.find((rule) => rule.foreign && rule.spelled === undefined)
  if (undeletable === undefined || foreign === undefined) return
  throw new RulesetError(
    `the chain ${change.name} has to be rebuilt, for "${undeletable.text}" cannot be deleted as it is printed; but "${foreign.text}", of another program, could not be put back; delete the first one by its number (iptables -D ${change.name} NUMBER)`,
  )
}

/** Foreign rules first, then ours in order: a foreign rule behind ours may never be reached. Or as `places` has it. */
function isAsWanted(
  before: readonly LiveRule[],
  after: readonly string[],
  places: Places | undefined,
): boolean {
  let [ours, foreign] = [0, 0]
  return (
    before.every((rule) =>
      rule.foreign ? ours === (places?.oursBefore[foreign++] ?? 0) : rule.text === after[ours++],
    ) && ours === after.length
  )
}

function byName(chains: readonly Chain[]): ReadonlyMap<string, Chain> {
  return new Map(chains.map((chain) => [chain.name, chain]))
}

function partition<T>(values: readonly T[], test: (value: T) => boolean): [readonly T[], readonly T[]] {
  return [values.filter(test), values.filter((value) => !test(value))]
}
