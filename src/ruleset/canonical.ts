import type { Chain, Ruleset } from './parse.ts'
import { RulesetError } from './parse.ts'

/**
 * Throws RulesetError unless `canonical` can be what iptables makes of `written`: the same policies, and for each
 * chain as many rules or more, for a rule with two addresses becomes two. A scratch restore that read nothing
 * and succeeded all the same would else look like a wish to remove everything.
 */
export function assertCanonical(written: Ruleset, canonical: Ruleset): void {
  const printed = new Map(everyChain(canonical))
  for (const [place, { policy, rules }] of everyChain(written)) {
    const found = printed.get(place) ?? { policy: policy && 'ACCEPT', rules: [] }
    if (found.policy !== policy || found.rules.length < rules.length)
      throw new RulesetError(
        `expected the host's iptables to print ${rules.length} rules and the policy ${policy ?? '-'} for the wanted chain ${place}, got ${found.rules.length} and ${found.policy ?? '-'}`,
      )
  }
}

function everyChain(ruleset: Ruleset): readonly (readonly [string, Chain])[] {
  return ruleset.flatMap((table) =>
    table.chains.map((chain) => [`${chain.name} of the table ${table.name}`, chain] as const),
  )
}
