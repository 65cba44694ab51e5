import type { PortRange, Protocol } from '../model/service.ts'
import type { Ruleset, Table } from './parse.ts'
import type { Knock, ReadRule, Scope } from './rule-match.ts'
import { CLOSING, narrowest, readRule, scopeFor } from './rule-match.ts'

/** Whom the rules let connect to a port. `unclear`: that depends on what rules alone do not tell, such as an interface or a set. */
export type Reach = 'any' | 'unclear' | 'nobody' | { readonly networks: readonly string[] }

export interface OpenedPorts extends PortRange {
  readonly protocol: Protocol
}

export interface Judge {
  /** Whom the rules let in, by what the chain INPUT of the table filter does to new connections. */
  readonly reachOf: (knock: Knock) => Reach
  /** The ports that its rules name one by one, whoever may reach them. */
  readonly named: readonly OpenedPorts[]
}

/** Judges the rules of one family. */
export function judgeOf(ruleset: Ruleset): Judge {
  const chains = chainsOf(ruleset.find(({ name }) => name === 'filter'))
  const budget = { steps: MOST_STEPS }
  return {
    reachOf: (knock) => new Walk(chains, knock, budget).reach(),
    named: namedIn(chains),
  }
}

/** Rules that are looked at for all ports of a host together; whoever needs more has a tangle that nobody can read. */
const MOST_STEPS = 2_000_000
const DEEPEST = 32

interface ReadChain {
  readonly policy: string | undefined
  readonly rules: readonly ReadRule[]
}

type Chains = ReadonlyMap<string, ReadChain>

function chainsOf(filter: Table | undefined): Chains {
  return new Map(
    (filter?.chains ?? []).map(({ name, policy, rules }) => [name, { policy, rules: rules.map(readRule) }]),
  )
}

/** One connection on its way through the chains. */
class Walk {
  readonly #chains: Chains
  readonly #knock: Knock
  readonly #budget: { steps: number }
  readonly #networks = new Set<string>()
  #isAny = false
  #isUnclear = false
  /** Some may have been turned away already, or gone another way, and nobody knows who. */
  #isThinned = false

  constructor(chains: Chains, knock: Knock, budget: { steps: number }) {
    this.#chains = chains
    this.#knock = knock
    this.#budget = budget
  }

  reach(): Reach {
    const input = this.#chains.get('INPUT')
    const ended = input !== undefined && this.#through(input, { scope: 'all', network: '', depth: 0 })
    if (!ended && (input?.policy ?? 'ACCEPT') === 'ACCEPT') this.#accept('all', '')
    if (this.#isAny) return 'any'
    if (this.#isUnclear) return 'unclear'
    return this.#networks.size === 0 ? 'nobody' : { networks: [...this.#networks] }
  }

  /** Whether the way of all that come into the chain ends in it. */
  #through(chain: ReadChain, from: Entry): boolean {
    let hasReturned = false
    for (const rule of chain.rules) {
      if (this.#budget.steps-- <= 0 || from.depth > DEEPEST) {
        this.#isUnclear = true
        this.#isThinned = true
        return true
      }
      const scope = scopeFor(rule, this.#knock)
      if (scope === 'none') continue
      const fate = this.#meet(rule, {
        scope: narrowest([from.scope, scope]),
        network: rule.network ?? from.network,
        depth: from.depth + 1,
      })
      if (fate === 'goes-on') continue
      if (scope === 'all') return fate !== 'returns' && !hasReturned
      hasReturned ||= fate === 'returns'
      if (fate === 'returns' || (scope === 'unclear' && fate !== 'accepted')) this.#isThinned = true
    }
    return false
  }

  /** What becomes of those that a rule matches. */
  #meet({ target, isGoto }: ReadRule, entry: Entry): 'accepted' | 'ends' | 'returns' | 'goes-on' {
    if (target === undefined || PASSING.has(target)) return 'goes-on'
    if (target === 'RETURN') return 'returns'
    if (CLOSING.has(target)) return 'ends'
    if (target === 'ACCEPT') {
      this.#accept(entry.scope, entry.network)
      return 'accepted'
    }
    const chain = this.#chains.get(target)
    if (chain === undefined) {
      this.#isUnclear = true
      this.#isThinned = true
      return 'ends'
    }
    if (this.#through(chain, entry)) return 'ends'
    return isGoto ? 'returns' : 'goes-on'
  }

  #accept(scope: Scope, network: string): void {
    if (scope === 'unclear' || this.#isThinned) this.#isUnclear = true
    else if (scope === 'all') this.#isAny = true
    else this.#networks.add(network)
  }
}

interface Entry {
  readonly scope: Scope
  readonly network: string
  readonly depth: number
}

/** Targets that do something to a packet and let it go on. */
const PASSING: ReadonlySet<string> = new Set([
  ...['LOG', 'NFLOG', 'ULOG', 'AUDIT', 'TRACE', 'MARK', 'CONNMARK', 'SECMARK', 'CONNSECMARK'],
  ...['CLASSIFY', 'DSCP', 'TOS', 'TCPMSS', 'SET', 'CT', 'NOTRACK', 'LED', 'RATEEST'],
])

function namedIn(chains: Chains): readonly OpenedPorts[] {
  const opened = new Map<string, OpenedPorts>()
  for (const name of reachable(chains)) {
    for (const { protocol, ports, target } of chains.get(name)?.rules ?? []) {
      if (protocol === undefined || protocol.negated || ports === undefined || ports.negated) continue
      if (target === undefined || CLOSING.has(target) || PASSING.has(target)) continue
      if (protocol.name !== 'tcp' && protocol.name !== 'udp') continue
      for (const range of ports.ranges)
        opened.set(`${protocol.name} ${range.from}:${range.to}`, { protocol: protocol.name, ...range })
    }
  }
  return [...opened.values()]
}

/** INPUT and the chains that it leads to. */
function reachable(chains: Chains): ReadonlySet<string> {
  const names = new Set(['INPUT'])
  for (const name of names)
    for (const { target } of chains.get(name)?.rules ?? [])
      if (target !== undefined && chains.has(target)) names.add(target)
  return names
}
