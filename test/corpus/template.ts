import type { Family } from '../../src/model/family.ts'
import { blankTables } from '../../src/ruleset/blank.ts'
import type { Chain, Table } from '../../src/ruleset/parse.ts'
import { formatRuleset, parseRuleset } from '../../src/ruleset/parse.ts'
import type { Corpus, CorpusRule } from './corpus.ts'

/**
 * A rules file of a family that holds these rules behind what lets us in, and `last` at the end of each chain. The table
 * filter comes last, for its rules ask for what others make.
 */
export function templateText(
  family: Family,
  corpus: Corpus,
  rules: readonly CorpusRule[],
  last: readonly string[] = [],
): string {
  const ours = rules.filter((rule) => rule.family === family)
  const names = new Set(ours.map(({ table }) => table).filter((name) => name !== 'filter'))
  const tables = parseRuleset(blankTables([...names, 'filter'])).map((table): Table => {
    const users = corpus.chains(family, table.name).map((name) => ({ name, policy: undefined, rules: [] }))
    const chains = [...table.chains, ...users].map((chain) => ({
      ...chain,
      rules: [...letUsIn(family, chain), ...rulesOf(ours, table, chain), ...last],
    }))
    return { name: table.name, chains }
  })
  return formatRuleset(tables)
}

/** In every built-in chain, whatever stands behind it: SSH both ways, and what IPv6 needs to find its neighbours. */
function letUsIn(family: Family, chain: Chain): readonly string[] {
  if (chain.policy === undefined) return []
  const ssh = ['-p tcp -m tcp --dport 22 -j ACCEPT', '-p tcp -m tcp --sport 22 -j ACCEPT']
  return family === 'v4' ? ssh : [...ssh, '-p ipv6-icmp -j ACCEPT']
}

function rulesOf(rules: readonly CorpusRule[], table: Table, chain: Chain): readonly string[] {
  return rules
    .filter((rule) => rule.table === table.name && chainOf(rule) === chain.name)
    .map(({ line }) => line.slice(`-A ${chain.name} `.length))
}

function chainOf({ line }: CorpusRule): string {
  return line.split(' ')[1] ?? ''
}
