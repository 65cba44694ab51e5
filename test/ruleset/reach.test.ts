import { describe, expect, it } from 'vitest'
import { parseRuleset } from '../../src/ruleset/parse.ts'
import { judgeOf } from '../../src/ruleset/reach.ts'

const judge = (policy: string, ...rules: readonly string[]) => {
  const chains = [...new Set(rules.map((rule) => rule.split(' ')[1] ?? ''))].filter(
    (name) => name !== 'INPUT',
  )
  const declared = [`:INPUT ${policy} [0:0]`, ...chains.map((name) => `:${name} - [0:0]`)]
  return judgeOf(parseRuleset(['*filter', ...declared, ...rules, 'COMMIT', ''].join('\n')))
}
const reach = (...rules: readonly string[]) => judge('DROP', ...rules).reachOf({ protocol: 'tcp', port: 25 })
const MAIL = '-A INPUT -p tcp -m tcp --dport 25 -j ACCEPT'
const some = (...networks: readonly string[]) => ({ networks })

describe('a port is open to any', () => {
  it.each([
    [MAIL],
    ['-A INPUT -p tcp -m multiport --dports 1,20:30,99 -j ACCEPT'],
    ['-A INPUT -p tcp -m tcp ! --dport 26 -j ACCEPT'],
    ['-A INPUT -p tcp -j ACCEPT'],
    ['-A INPUT ! -p udp -j ACCEPT'],
    ['-A INPUT -j ACCEPT'],
    ['-A INPUT -m comment --comment "! -p udp -j DROP" -j ACCEPT'],
    ['-A INPUT -m comment --comment -i -j ACCEPT'],
    ['-A INPUT -s 0.0.0.0/0 -d ::/0 -j ACCEPT'],
    ['-A INPUT -p tcp -m state --state NEW -m tcp --dport 25 -j ACCEPT'],
    ['-A INPUT ! -i lo -p tcp --syn --destination-port 25 --jump ACCEPT'],
    ['-A INPUT -p tcp -m tcp --dport 25 -m limit --limit 5/sec --limit-burst 9 -j ACCEPT'],
    ['-A INPUT -p tcp -j MAIL', '-A MAIL -p tcp -m tcp --dport 25 -j ACCEPT'],
    ['-A INPUT -p tcp -g MAIL', '-A INPUT -j DROP', '-A MAIL -j ACCEPT'],
    ['-A INPUT -p tcp -j MAIL', '-A MAIL -j RETURN', '-A MAIL -j DROP', MAIL],
    ['-A INPUT -i eth1 -j ACCEPT', MAIL],
  ])('by %s', (...rules) => {
    expect(reach(...rules)).toBe('any')
  })

  it.each([
    ['-A INPUT -s 192.0.2.0/24 -j DROP'],
    ['-A INPUT -m set --match-set blocked src -j DROP'],
    ['-A INPUT -m conntrack --ctstate INVALID -j DROP'],
    ['-A INPUT -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -m conntrack --ctstate NEW -j DROP'],
    ['-A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE -j DROP'],
    ['-A INPUT -p tcp -m tcp --dport 25 -m connlimit --connlimit-above 8 --connlimit-mask 32 -j DROP'],
    [
      '-A INPUT -p tcp -m tcp --dport 25 -m hashlimit --hashlimit-above 6/min --hashlimit-name x --hashlimit-mode srcip -j DROP',
    ],
    ['-A INPUT -m recent --rcheck --seconds 60 --name bad --mask 255.255.255.255 --rsource -j DROP'],
    ['-A INPUT -m addrtype --dst-type BROADCAST -j DROP'],
    ['-A INPUT -d 224.0.0.0/4 -j DROP'],
    ['-A INPUT -f -j DROP'],
    ['-A INPUT -i lo -j DROP'],
    ['-A INPUT -p udp -j DROP'],
    ['-A INPUT -j LOG --log-prefix "-j DROP"'],
    ['-A INPUT -j counted', '-A counted'],
  ])('also behind %s', (...rules) => {
    expect(reach(...rules, MAIL)).toBe('any')
  })

  it('by the policy, also where the table is not wanted at all', () => {
    expect(judge('ACCEPT').reachOf({ protocol: 'udp', port: 53 })).toBe('any')
    expect(judgeOf([]).reachOf({ protocol: 'tcp', port: 25 })).toBe('any')
  })
})

describe('a port is open to some', () => {
  it('by their networks, each once', () => {
    const from = (network: string) => `-A INPUT -s ${network} -p tcp -m tcp --dport 25 -j ACCEPT`
    expect(reach(from('192.0.2.1/32'), from('198.51.100.0/24'), from('192.0.2.1/32'))).toEqual(
      some('192.0.2.1/32', '198.51.100.0/24'),
    )
  })

  it('by a chain that only they come to', () => {
    expect(reach('-A INPUT -s 192.0.2.0/24 -j office', '-A office -j ACCEPT')).toEqual(some('192.0.2.0/24'))
  })
})

describe('a port is closed', () => {
  it.each([
    [],
    ['-A INPUT -i lo -j ACCEPT', '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'],
    ['-A INPUT -p tcp -m tcp --dport 26 -j ACCEPT'],
    ['-A INPUT -p udp -m udp --dport 25 -j ACCEPT'],
    ['-A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT'],
    ['-A INPUT -p tcp -j REJECT --reject-with tcp-reset', MAIL],
    ['-A INPUT -j off', '-A off -j DROP', MAIL],
    ['-A other -j ACCEPT'],
  ])('by %s', (...rules) => {
    expect(reach(...rules)).toBe('nobody')
  })
})

describe('nothing is said of a port', () => {
  it.each([
    ['-A INPUT -i eth1 -j ACCEPT'],
    ['-A INPUT -m mark --mark 0x1 -j ACCEPT'],
    ['-A INPUT -m set --match-set friends src -j ACCEPT'],
    ['-A INPUT ! -s 192.0.2.0/24 -j ACCEPT'],
    ['-A INPUT ! -s 192.0.2.0/24 -j DROP', MAIL],
    ['-A INPUT -i eth1 -j DROP', MAIL],
    ['-A INPUT -m set ! --match-set friends src -j DROP', MAIL],
    ['-A INPUT -m recent --rcheck --name knocked --rsource -j ACCEPT'],
    ['-A INPUT -p tcp -m tcp --dport smtp -j ACCEPT'],
    ['-A INPUT -j NFQUEUE --queue-num 1'],
    ['-A INPUT -d 192.0.2.1 -j ACCEPT'],
    ['-A INPUT -j mine', '-A mine -s 192.0.2.1 -j RETURN', '-A mine -j DROP', MAIL],
  ])('by %s', (...rules) => {
    expect(reach(...rules)).toBe('unclear')
  })

  it('of chains that lead to more rules than anybody reads', () => {
    const tangle = Array.from({ length: 30 }, (_, n) => [
      `-A c${n} -j ${n === 29 ? 'LOG' : `c${n + 1}`}`,
      `-A c${n} -j ${n === 29 ? 'LOG' : `c${n + 1}`}`,
    ])
    expect(reach('-A INPUT -j c0', ...tangle.flat(), MAIL)).toBe('unclear')
  })
})

describe('the ports that rules name', () => {
  it('are those of rules that may let somebody in', () => {
    const { named } = judge(
      'DROP',
      '-A INPUT -p tcp -m multiport --dports 25,465:587 -j ACCEPT',
      '-A INPUT -p udp -m udp --dport 53 -j dns',
      '-A INPUT -p tcp -m tcp --dport 23 -j DROP',
      '-A INPUT -p tcp -m tcp --dport 24 -j LOG',
      '-A dns -p udp -m udp --dport 53 -j ACCEPT',
      '-A off -p tcp -m tcp --dport 80 -j ACCEPT',
    )
    expect(named).toEqual([
      { protocol: 'tcp', from: 25, to: 25 },
      { protocol: 'tcp', from: 465, to: 587 },
      { protocol: 'udp', from: 53, to: 53 },
    ])
  })
})
