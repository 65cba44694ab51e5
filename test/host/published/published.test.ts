import { expect, it } from 'vitest'
import { publishedByIptables } from '../../../src/host/published/live.ts'
import { publishedByNft } from '../../../src/remote/ports/published.ts'

it('reads what nft sends elsewhere, Docker among others', () => {
  const text = `table ip docker-bridges {
		iifname != "docker0" tcp dport 8080 counter dnat to 172.17.0.2:80 comment "DNAT"
table ip6 mine {
		th dport { 53, 5000-5010 } dnat to [2001:db8::2]
		dnat to tcp dport map { 25 : 2001:db8::25, 143 : 2001:db8::25 }
table bridge other {
		tcp dport 1 dnat to 192.0.2.1`
  expect(
    publishedByNft(text).map(
      ({ protocol, from, to, families }) => `${protocol} ${from}-${to} ${families.join('+')}`,
    ),
  ).toEqual([
    'tcp 8080-8080 v4',
    'tcp 53-53 v6',
    'udp 53-53 v6',
    'tcp 5000-5010 v6',
    'udp 5000-5010 v6',
    'tcp 25-25 v6',
    'tcp 143-143 v6',
  ])
})

it('reads DNAT of iptables, not what is sent from loopback alone', () => {
  const live = `*nat
:DOCKER - [0:0]
-A DOCKER ! -i br-mailcow -p tcp -m tcp --dport 25 -j DNAT --to-destination 172.22.1.253:25
-A DOCKER -d 127.0.0.1/32 ! -i br-mailcow -p tcp -m tcp --dport 13306 -j DNAT --to-destination 172.22.1.5:3306
-A DOCKER -p tcp -m multiport --dports 110,4000:4010 -j DNAT --to-destination 172.22.1.253
-A DOCKER -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 8080
COMMIT
`
  expect(publishedByIptables(live, 'v4').map(({ from, to }) => [from, to])).toEqual([
    [25, 25],
    [110, 110],
    [4000, 4010],
  ])
})
