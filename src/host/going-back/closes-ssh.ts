import type { Family } from '../../model/family.ts'
import type { Host } from '../../model/host.ts'
import type { FamilyTexts } from '../../remote/attempt.ts'
import type { Examination } from '../../remote/examine.ts'
import type { FirstFound } from '../../remote/history.ts'
import { foreignPattern } from '../../ruleset/foreign.ts'
import type { Ruleset } from '../../ruleset/parse.ts'
import { parseRuleset, ruleLine, RulesetError } from '../../ruleset/parse.ts'
import { judgeOf } from '../../ruleset/reach.ts'

/** No rule of a generation or of another program could let a new connection in to the port that we came in by. */
export function closesSsh(
  host: Host,
  { session, families }: Examination,
  generation: { readonly n: number; readonly wanted: FamilyTexts; readonly first: FirstFound | undefined },
): { readonly code: 'generation-closes-ssh'; readonly message: string } | undefined {
  if (session === undefined) return undefined
  const family = familyOf(session.clientAddress)
  const text = generation.first?.live[family] ?? generation.wanted[family]
  const live = families[family]?.live
  if (text === undefined || live === undefined) return undefined
  const foreign = new RegExp(foreignPattern(host.settings.preserve))
  const port = session.serverPort
  try {
    const couldLetIn = [parseRuleset(text), onlyForeign(parseRuleset(live), foreign)].some(
      (ruleset) => judgeOf(ruleset).reachOf({ protocol: 'tcp', port }) !== 'nobody',
    )
    if (couldLetIn) return undefined
  } catch (error) {
    if (error instanceof RulesetError) return undefined
    throw error
  }
  return {
    code: 'generation-closes-ssh',
    message: `no rule of generation ${generation.n} could let anybody in at port ${port}, where sshd listens by now: it would shut us out`,
  }
}

function familyOf(address: string): Family {
  return address.includes(':') && !/^::ffff:.*\./.test(address) ? 'v6' : 'v4'
}

/** What the rules of other programs do by themselves. */
function onlyForeign(live: Ruleset, foreign: RegExp): Ruleset {
  return live.map((table) => ({
    ...table,
    chains: table.chains.map((chain) =>
      chain.name === 'INPUT'
        ? {
            ...chain,
            policy: 'DROP',
            rules: chain.rules.filter((rule) => foreign.test(ruleLine(chain.name, rule))),
          }
        : chain,
    ),
  }))
}
