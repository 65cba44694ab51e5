import * as fc from 'fast-check'
import type { Family } from '../../src/model/family.ts'
import type { Chain, Table } from '../../src/ruleset/parse.ts'
import { formatRuleset } from '../../src/ruleset/parse.ts'

/** Matches as administrators write them, not as iptables-save prints them. */
export const MATCHES: Readonly<Record<Family | 'both', readonly string[]>> = {
  both: [
    '',
    '-p tcp --dport 25',
    '-p tcp -m multiport --dports 25,465,587',
    '-p udp --sport 53 --dport 1024:65535',
    '-p all',
    '! -p tcp',
    '-p tcp --tcp-flags SYN,RST SYN',
    '-p tcp ! --syn -m state --state NEW',
    '-m conntrack --ctstate ESTABLISHED,RELATED',
    '-m conntrack --ctorigdstport 25',
    '-m limit --limit 5/min --limit-burst 7',
    '-p tcp --dport 22 -m hashlimit --hashlimit-upto 10/min --hashlimit-burst 20 --hashlimit-mode srcip --hashlimit-name ssh',
    '-m recent --name guests --set',
    '-m recent --name guests --update --seconds 60 --hitcount 4',
    '-m recent --name guests --rcheck --rdest',
    '-p tcp --syn -m connlimit --connlimit-above 20',
    '-p tcp --syn -m connlimit --connlimit-upto 20 --connlimit-daddr',
    '-m comment --comment "say \\"-j f2b-x\\" aloud"',
    '-m comment --comment -j',
    '-m mark --mark 0x1/0xff',
    '-m set --match-set spam src',
    '-m set ! --match-set spam src,dst',
    '-m addrtype --dst-type LOCAL',
    '-m pkttype --pkt-type broadcast',
    '-m length --length 0:100',
    '-m dscp --dscp 0x10',
    '-m statistic --mode random --probability 0.5',
    '-m time --timestart 08:00 --timestop 18:00',
    '-m string --string "x y" --algo bm',
  ],
  v4: [
    '-s 192.0.2.1',
    '! -s 192.0.2.0/24 -d 198.51.100.0/255.255.255.0',
    '-s 192.0.2.1,192.0.2.2',
    '-f',
    '-p icmp --icmp-type echo-request',
    '-m ttl --ttl-gt 5',
    '-m iprange --src-range 192.0.2.1-192.0.2.9',
    '-m recent --name guests --rcheck --mask 255.255.255.0',
    '-m connlimit --connlimit-above 5 --connlimit-mask 24',
  ],
  v6: [
    '-s 2001:db8::1',
    '! -s 2001:db8::/32 -d ::/0',
    '-s 2001:db8::1,2001:db8::2',
    '-p ipv6-icmp --icmpv6-type neighbour-solicitation',
    '-p icmpv6 --icmpv6-type 1/4',
    '-m hl --hl-gt 5',
    '-m connlimit --connlimit-above 5 --connlimit-mask 64',
  ],
}

const FOREIGN_MATCHES = ['-m set --match-set f2b-spam src', '-m recent --name f2b-ssh --rcheck --seconds 60']

/** What the rules refer to has to be there: the sets `spam` and `f2b-spam`. */
export const SETS = ['spam', 'f2b-spam']

const TARGETS = ['', '-j ACCEPT', '-j DROP', '-j RETURN', '-j LOG --log-prefix "a b: " --log-level 4']

/** A chain jumps only to chains behind it, so there are no loops. */
const USER_CHAINS = ['old', 'f2b-sshd', 'mail', 'DOCKER-USER', 'older', 'f2b-postfix', 'last']

const BUILT_IN: Readonly<Record<string, readonly string[]>> = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
}

export interface RulesetOptions {
  /** Whether other programs have rules there too. */
  readonly foreign: boolean
  /** Matches that the kernel at hand does not know. */
  readonly without?: ReadonlySet<string>
}

/** The text of a ruleset in the words of an administrator: the table filter, perhaps mangle. */
export function arbitraryRuleset(family: Family, options: RulesetOptions): fc.Arbitrary<string> {
  const mangle = fc.option(arbitraryTable('mangle', family, options), { nil: undefined })
  return fc
    .tuple(mangle, arbitraryTable('filter', family, options))
    .map((tables) => formatRuleset(tables.filter((table) => table !== undefined)))
}

function arbitraryTable(name: string, family: Family, options: RulesetOptions): fc.Arbitrary<Table> {
  const usable = USER_CHAINS.filter((chain) => options.foreign || !isForeign(chain))
  return fc
    .subarray(usable)
    .chain((users) =>
      fc
        .tuple(
          ...(BUILT_IN[name] ?? []).map((chain) => arbitraryChain(chain, true, users, family, options)),
          ...users.map((chain, index) =>
            arbitraryChain(chain, false, users.slice(index + 1), family, options),
          ),
        )
        .map((chains) => ({ name, chains })),
    )
}

function arbitraryChain(
  name: string,
  builtIn: boolean,
  targets: readonly string[],
  family: Family,
  options: RulesetOptions,
): fc.Arbitrary<Chain> {
  const matches = [...MATCHES.both, ...MATCHES[family], ...(options.foreign ? FOREIGN_MATCHES : [])]
  const interfaces = ['INPUT', 'FORWARD', 'PREROUTING'].includes(name) ? ['-i eth0', '! -i lo'] : []
  const foreign = options.foreign && interfaces.length > 0 ? ['-i docker0'] : []
  const usable = [...matches, ...interfaces, ...foreign].filter(
    (match) => options.without?.has(match) !== true,
  )
  const jumps = targets.flatMap((target) => [`-j ${target}`, `-g ${target}`])
  const rule = fc
    .tuple(fc.constantFrom(...usable), fc.constantFrom(...TARGETS, ...jumps))
    .map((words) => words.filter((word) => word !== '').join(' '))
  return fc.record({
    name: fc.constant(name),
    policy: builtIn ? fc.constantFrom('ACCEPT', 'DROP') : fc.constant(undefined),
    rules: fc.array(rule, { maxLength: 6 }),
  })
}

function isForeign(chain: string): boolean {
  return /^(?:f2b-|DOCKER)/.test(chain)
}
