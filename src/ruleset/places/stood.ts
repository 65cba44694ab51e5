import type { Ruleset } from '../parse.ts'
import { ruleLine } from '../parse.ts'

export interface Claiming {
  readonly live: Ruleset
  readonly wanted: Ruleset
  /** Our last generation. */
  readonly former: Ruleset
  /** What it noted, as this function has it. */
  readonly stood: readonly string[]
  readonly foreign: RegExp
}

/**
 * Rules of other programs that wanted has word for word, as `TABLE -A CHAIN RULE`: each stood in live before ours did,
 * and has to be there when ours is wanted no more.
 */
export function stoodBefore({ live, wanted, former, stood, foreign }: Claiming): readonly string[] {
  const ours = new Set(ruleLines(wanted))
  const wereOurs = new Set(ruleLines(former))
  const found = ruleLines(live).filter(
    (line) => ours.has(line) && !wereOurs.has(line) && foreign.test(line.slice(line.indexOf(' ') + 1)),
  )
  return [...new Set([...stood.filter((line) => ours.has(line)), ...found])]
}

/** Of a table: rules that are wanted no more, and that another program had too. */
export function staying(
  stood: readonly string[],
  table: string,
  wanted: Ruleset[number] | undefined,
): ReadonlySet<string> {
  const ours = new Set(wanted === undefined ? [] : ruleLines([wanted]))
  const prefix = `${table} `
  return new Set(
    stood.flatMap((line) => (line.startsWith(prefix) && !ours.has(line) ? [line.slice(prefix.length)] : [])),
  )
}

function ruleLines(ruleset: Ruleset): readonly string[] {
  return ruleset.flatMap(({ name, chains }) =>
    chains.flatMap((chain) => chain.rules.map((rule) => `${name} ${ruleLine(chain.name, rule)}`)),
  )
}
