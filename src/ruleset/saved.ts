import type { Chains, ChainVersions, LineChange } from './chain-edits.ts'
import { defaultChain, chainsOf, declarationEdits, lineChange, ruleEdits } from './chain-edits.ts'
import type { Chain, Ruleset } from './parse.ts'
import { parseRuleset, RulesetError } from './parse.ts'
import { printedWords } from './printed-words.ts'
import { inOrder } from './table-order.ts'

/** A ruleset as a person wrote it, and as the host's iptables prints it. */
export interface Spelled {
  readonly written: string
  readonly printed: string
}

export interface SavedInput {
  /** Absent: there is no saved file. */
  readonly saved: string | undefined
  readonly wanted: Spelled
  /** What was last confirmed; absent where nothing was. */
  readonly confirmed: Spelled | undefined
}

/**
 * Which lines of the saved file a deploy changes: declarations, then rules, table by table, in the words of iptables-save
 * where it is known how that prints a rule. A rule is the same in either spelling; comments, counters and the order of
 * chains are nothing. Where the file is no ruleset a remark says why, and every wanted line comes: nothing of it is loaded.
 */
export function savedChanges({ saved, wanted, confirmed }: SavedInput): readonly LineChange[] {
  const after = spelledRuleset(wanted)
  const generation = confirmed && spelledRuleset(confirmed)
  try {
    const before = saved === undefined ? undefined : parseRuleset(saved)
    return rulesetChanges({ before, after, generation })
  } catch (error) {
    if (!(error instanceof RulesetError)) throw error
    const by = generation === undefined ? 'wanted' : 'host'
    return [
      { table: after.printed[0]?.name ?? '', line: `# the saved file is no ruleset: ${error.message}`, by },
      ...rulesetChanges({ before: undefined, after, generation }).map(
        (change) => ({ ...change, by }) as const,
      ),
    ]
  }
}

interface SpelledRuleset {
  readonly written: Ruleset
  readonly printed: Ruleset
}

function spelledRuleset({ written, printed }: Spelled): SpelledRuleset {
  return { written: parseRuleset(written), printed: parseRuleset(printed) }
}

interface Versions {
  readonly before: Ruleset | undefined
  readonly after: SpelledRuleset
  readonly generation: SpelledRuleset | undefined
}

function rulesetChanges({ before, after, generation }: Versions): readonly LineChange[] {
  const names = new Set([...(before ?? []), ...after.printed].map((table) => table.name))
  return inOrder(names).flatMap((name) => {
    const find = (ruleset: Ruleset | undefined): Chains =>
      chainsOf(ruleset?.find((table) => table.name === name))
    const chains: TableVersions = {
      isSaved: before !== undefined,
      before: find(before),
      wanted: { written: find(after.written), printed: find(after.printed) },
      generation: generation && { written: find(generation.written), printed: find(generation.printed) },
    }
    const versions = [...new Set([...chains.before.keys(), ...chains.wanted.printed.keys()])].map((chain) =>
      chainVersions(chain, chains),
    )
    return [...versions.flatMap(declarationEdits), ...versions.flatMap(ruleEdits)].map((edit) =>
      lineChange(name, edit),
    )
  })
}

interface SpelledChains {
  readonly written: Chains
  readonly printed: Chains
}

interface TableVersions {
  readonly isSaved: boolean
  readonly before: Chains
  readonly wanted: SpelledChains
  readonly generation: SpelledChains | undefined
}

function chainVersions(name: string, { isSaved, before, wanted, generation }: TableVersions): ChainVersions {
  const builtIn = [before, wanted.printed].some((chains) => chains.get(name)?.policy !== undefined)
  const saved = before.get(name) ?? defaultChain(name, builtIn && isSaved)
  const words = new Map(
    [generation, wanted].flatMap((chains) =>
      chains === undefined
        ? []
        : [...printedWords(rulesOf(chains.written, name), rulesOf(chains.printed, name))],
    ),
  )
  return {
    before: saved && { ...saved, rules: saved.rules.flatMap((rule) => words.get(rule) ?? [rule]) },
    after: wantedChain(name, wanted, saved?.rules ?? []) ?? defaultChain(name, builtIn && isSaved),
    confirmed:
      generation === undefined ? 'nothing' : (generation.printed.get(name) ?? defaultChain(name, builtIn)),
  }
}

/** As iptables prints it; where that is not known rule by rule, and the file has the rules as they were written, as they were. */
function wantedChain(
  name: string,
  { written, printed }: SpelledChains,
  saved: readonly string[],
): Chain | undefined {
  const [own, canonical] = [rulesOf(written, name), rulesOf(printed, name)]
  const isPaired = own.length === 0 || printedWords(own, canonical).size > 0
  return isPaired || countOf(saved, canonical) >= countOf(saved, own) ? printed.get(name) : written.get(name)
}

function rulesOf(chains: Chains, name: string): readonly string[] {
  return chains.get(name)?.rules ?? []
}

function countOf(rules: readonly string[], among: readonly string[]): number {
  const those = new Set(among)
  return rules.filter((rule) => those.has(rule)).length
}
