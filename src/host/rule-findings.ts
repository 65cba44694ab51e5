import type { Family } from '../model/family.ts'
import { FAMILIES, FAMILY } from '../model/family.ts'
import type { Wanted } from '../model/host.ts'
import type { Finding } from '../model/outcome.ts'
import type { Examination } from '../remote/examine.ts'
import type { Chain } from '../ruleset/parse.ts'
import { parseRuleset, ruleLine } from '../ruleset/parse.ts'
import { jumpTarget } from '../ruleset/words.ts'
import { someOf } from './some-of.ts'

/** What is found about live rules of a host: a change mends it. */
export const MENDED_BY_CHANGE: readonly string[] = [
  'ipv6-unfiltered',
  'foreign-without-effect',
  'undeletable-rule',
  'other-backend',
]

export interface Rules {
  readonly wanted: Wanted
  readonly examination: Examination
  /** A `foreignPattern`. */
  readonly foreign: string
}

/** What rules, live and wanted, mean for this host although they are no drift. Throws RulesetError. */
export function ruleFindings({ wanted, examination, foreign }: Rules): readonly Finding[] {
  const pattern = new RegExp(foreign)
  return [unfilteredIpv6(examination, pattern), ...droppedForward({ wanted, examination }, pattern)].filter(
    (finding) => finding !== undefined,
  )
}

/** `rules`: of other programs, behind ours, as they are printed. */
export function withoutEffect(rules: readonly string[]): readonly Finding[] {
  const [are, them] =
    rules.length === 1
      ? ['a rule of another program stands', 'it']
      : ['rules of other programs stand', 'them']
  return rules.length === 0
    ? []
    : [
        {
          code: 'foreign-without-effect',
          severity: 'warning',
          message: `${are} behind ours, where packets may never reach ${them}: ${someOf(rules)}; a deploy puts ${them} first`,
        },
      ]
}

/** `rules`: as they are printed. */
export function undeletable(rules: readonly string[]): readonly Finding[] {
  return rules.length === 0
    ? []
    : [
        {
          code: 'undeletable-rule',
          severity: 'warning',
          message: `iptables does not delete by the words that it prints: ${someOf(rules)}; a deploy rebuilds the chain`,
        },
      ]
}

function unfilteredIpv6({ ipv6Addresses, families }: Examination, foreign: RegExp): Finding | undefined {
  const { v6 } = families
  if (ipv6Addresses.length === 0) return undefined
  // Both backends filter, whichever of them the host's iptables is.
  const isFiltered = [v6?.live ?? '', ended(v6?.otherBackend ?? '')].some((text) => {
    const input = chainOf(text, 'INPUT')
    return input !== undefined && (input.policy !== 'ACCEPT' || hasOwnRule(input, foreign))
  })
  if (isFiltered) return undefined
  const why = v6 === undefined ? 'IPv6 rules are off there' : 'no live IPv6 rule filters what comes in'
  return {
    code: 'ipv6-unfiltered',
    severity: 'warning',
    message: `the host has global IPv6 addresses (${someOf(ipv6Addresses)}), but ${why}`,
  }
}

function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

/** Where it is wanted that the host routes something, the rules say so themselves. */
function droppedForward(
  { wanted, examination: { routes, families } }: Omit<Rules, 'foreign'>,
  foreign: RegExp,
): readonly Finding[] {
  const dropping = FAMILIES.filter((family) => {
    const forward = chainOf(wanted[family], 'FORWARD')
    return (
      families[family] !== undefined && routes[family] && forward?.policy === 'DROP' && !letsThrough(forward)
    )
  })
  const others = new Set(dropping.flatMap((family) => foreignTargets(families[family]?.live ?? '', foreign)))
  const [first] = dropping
  if (first === undefined) return []
  const labels = dropping.map((family) => FAMILY[family].label).join(' and ')
  const rest =
    others.size === 0 ? '' : `, save what the rules of other programs let through (${someOf([...others])})`
  return [
    {
      code: 'forward-dropped',
      severity: others.size === 0 ? 'warning' : 'info',
      message: `the host routes ${labels} (${dropping.map((family) => SETTING[family]).join(' and ')}), and these rules drop what it would forward${rest}; where it shall forward more, set mailfw_policies: { forward: accept }, or accept it in mailfw_extra_rules`,
    },
  ]
}

const SETTING: Readonly<Record<Family, string>> = {
  v4: 'net.ipv4.ip_forward is 1',
  v6: 'net.ipv6.conf.all.forwarding is 1',
}

function letsThrough(forward: Chain): boolean {
  return forward.rules.some((rule) => !['LOG', 'DROP', 'REJECT', undefined].includes(jumpTarget(rule)))
}

function foreignTargets(live: string, foreign: RegExp): readonly string[] {
  const rules = chainOf(live, 'FORWARD')?.rules ?? []
  return rules
    .filter((rule) => foreign.test(ruleLine('FORWARD', rule)))
    .map((rule) => jumpTarget(rule) ?? rule)
}

function hasOwnRule({ name, rules }: Chain, foreign: RegExp): boolean {
  return rules.some((rule) => !foreign.test(ruleLine(name, rule)))
}

function chainOf(text: string, name: string): Chain | undefined {
  const filter = parseRuleset(text).find((table) => table.name === 'filter')
  return filter?.chains.find((chain) => chain.name === name)
}
