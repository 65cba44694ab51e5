import type { Chain, Table } from './parse.ts'
import { ruleLine } from './parse.ts'
import { jumpTarget } from './words.ts'

/** One table at three moments; absent where that ruleset does not have it. */
export interface TableStates {
  readonly live: Table | undefined
  readonly wanted: Table | undefined
  /** In the last generation that we put there. */
  readonly former: Table | undefined
}

/** Whose a chain or a rule of one table is. */
export interface Ownership {
  /** Kept by another program, or used by its rules: left alone as a whole. */
  readonly isForeignChain: (chain: Chain) => boolean
  /** Kept by another program in a chain of ours. */
  readonly isForeignRule: (chain: Chain, rule: string) => boolean
}

/**
 * What `pattern` (a `foreignPattern`) matches belongs to another program, save for rules that wanted or our last
 * generation hold word for word: those the user wrote, also where they name a foreign interface or set. A user
 * chain that wanted does not declare and that a foreign rule jumps to is foreign too, and so are the chains that
 * it jumps to: without them the other program's rules would mean something else.
 */
export function ownership(states: TableStates, pattern: RegExp): Ownership {
  const ours = new Set([...ruleLines(states.wanted), ...ruleLines(states.former)])
  const isForeignRule = (chain: Chain, rule: string) => {
    const line = ruleLine(chain.name, rule)
    return pattern.test(line) && !ours.has(line)
  }
  const used = usedByForeignRules(states, isForeignRule)
  return {
    isForeignChain: (chain) => used.has(chain.name) || pattern.test(`:${chain.name} ${chain.policy ?? '-'}`),
    isForeignRule,
  }
}

/** Rules of wanted and of our last generation that `pattern` matches: ours all the same, which no pattern tells. */
export function claimedRules(
  { wanted, former }: Pick<TableStates, 'wanted' | 'former'>,
  pattern: RegExp,
): readonly string[] {
  const lines = new Set([...ruleLines(wanted), ...ruleLines(former)])
  return [...lines].filter((line) => pattern.test(line))
}

function ruleLines(table: Table | undefined): readonly string[] {
  return (table?.chains ?? []).flatMap((chain) => chain.rules.map((rule) => ruleLine(chain.name, rule)))
}

function usedByForeignRules(
  { live, wanted }: TableStates,
  isForeignRule: Ownership['isForeignRule'],
): ReadonlySet<string> {
  const chains = live?.chains ?? []
  const declared = new Set(wanted?.chains.map((chain) => chain.name))
  const removable = new Map(
    chains
      .filter((chain) => chain.policy === undefined && !declared.has(chain.name))
      .map((chain) => [chain.name, chain]),
  )
  const used = new Set<string>()
  // Not by recursion: a host may have chains that are as deep as it likes.
  const toFollow: (readonly string[])[] = chains.map((chain) =>
    chain.rules.filter((rule) => isForeignRule(chain, rule)),
  )
  for (let rules = toFollow.pop(); rules !== undefined; rules = toFollow.pop()) {
    for (const target of rules.map(jumpTarget)) {
      const chain = target === undefined ? undefined : removable.get(target)
      if (chain === undefined || used.has(chain.name)) continue
      used.add(chain.name)
      toFollow.push(chain.rules)
    }
  }
  return used
}
