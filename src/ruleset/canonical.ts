import type { Table } from './parse.ts'
import { RulesetError } from './parse.ts'

/**
 * Throws RulesetError unless `canonical` can be what iptables makes of `written`: the same policies, and for each
 * chain as many rules or more, for a rule with two addresses becomes two. A scratch restore that read nothing
 * and succeeded all the same would else look like a wish to remove everything.
 */
export function assertCanonical(written: Table | undefined, canonical: Table | undefined): void {
  const chains = new Map(canonical?.chains.map((chain) => [chain.name, chain]))
  for (const { name, policy, rules } of written?.chains ?? []) {
    const printed = chains.get(name) ?? { policy: policy && 'ACCEPT', rules: [] }
    if (printed.policy !== policy || printed.rules.length < rules.length)
      throw new RulesetError(
        `expected the host's iptables to print ${rules.length} rules and the policy ${policy ?? '-'} for the wanted chain ${name}, got ${printed.rules.length} and ${printed.policy ?? '-'}`,
      )
  }
}
