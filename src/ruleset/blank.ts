import { formatRuleset } from './parse.ts'

/** The built-in chains of each table. Source: iptables(8). */
const BUILT_IN_CHAINS: Readonly<Record<string, readonly string[]>> = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  raw: ['PREROUTING', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
}

/** The tables without any rule, with ACCEPT policies: what an absent table equals. */
export function blankTables(tables: readonly string[]): string {
  return formatRuleset(
    tables.map((name) => ({
      name,
      chains: (BUILT_IN_CHAINS[name] ?? []).map((chain) => ({ name: chain, policy: 'ACCEPT', rules: [] })),
    })),
  )
}
