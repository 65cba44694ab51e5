import type { Family } from '../../model/family.ts'
import type { Published } from '../../remote/ports/published.ts'
import { publishedAs } from '../../remote/ports/published.ts'
import { parseRuleset } from '../../ruleset/parse.ts'
import { jumpTarget } from '../../ruleset/words.ts'

/** Of the table nat as iptables-save prints it. */
export function publishedByIptables(live: string, family: Family): readonly Published[] {
  const nat = parseRuleset(live).find(({ name }) => name === 'nat')
  return (nat?.chains ?? []).flatMap(({ rules }) =>
    rules.flatMap((rule) => {
      const [, protocol = ''] = /(?:^| )-p (tcp|udp)(?= |$)/.exec(rule) ?? []
      const [, ports = ''] = /(?<!! )--d(?:port|ports) ([\d:,]+)/.exec(rule) ?? []
      const isAtLoopback = /(?:^| )-d 127\./.test(rule)
      return jumpTarget(rule) === 'DNAT' && !isAtLoopback
        ? publishedAs(protocol, ports.replaceAll(':', '-'), [family])
        : []
    }),
  )
}
