import { expect, it } from 'vitest'
import { deedsOf } from '../../../src/host/boot/commands.ts'

const does = (line: string) => deedsOf(line).map((deed) => deed.does)

it.each([
  ['iptables -F', 'flushes'],
  ['/sbin/ip6tables --flush INPUT', 'flushes'],
  ['$IPT -F', 'flushes'],
  ['"${IPTABLES}" -t filter -F', 'flushes'],
  ['iptables-legacy -F; sysctl -p', 'flushes'],
  ['[ -x /sbin/iptables ] && iptables -F', 'flushes'],
  ['for t in iptables ip6tables; do $t --flush; done; iptables -F', 'flushes'],
  ['ExecStartPre=-/usr/sbin/iptables -F', 'flushes'],
  ['ExecStart=/bin/sh -c "iptables-restore < /etc/fw.v4"', 'loads'],
  ['@reboot root /sbin/iptables-restore /etc/fw.v4', 'loads'],
  ['cat /etc/fw.v6 | ip6tables-restore', 'loads'],
  ['pre-up iptables-nft-restore </etc/fw', 'loads'],
  ['iptables -P INPUT ACCEPT', 'sets-policies'],
  ['nft flush ruleset', 'flushes'],
  ['nft delete table ip filter', 'flushes'],
  ['netfilter-persistent flush', 'flushes'],
  ['ipset restore </etc/sets', 'adds-sets'],
  ['ExecStart=/sbin/ipset create friends hash:net', 'adds-sets'],
])('sees what a line does: %s', (line, expected) => {
  expect(does(line)).toEqual([expected])
})

it.each([
  'iptables -F DOCKER-USER',
  'iptables -t nat -F',
  'iptables-restore --noflush /etc/more.v4',
  'iptables-restore -T nat /etc/nat.v4',
  'iptables-restore --test /etc/fw.v4',
  'iptables-save >/root/backup',
  'iptables -A INPUT -p tcp --dport 25 -j ACCEPT',
  'echo "run iptables -F to open the host"',
  'command -v iptables-restore',
  'nft list ruleset',
  'nft flush ruleset inet',
  'nft -f /etc/mine.nft',
  'netfilter-persistent save',
  'ipset list',
])('sees nothing in a line that leaves our rules as they are: %s', (line) => {
  expect(does(line)).toEqual([])
})
