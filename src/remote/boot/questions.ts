import type { Wanted } from '../../model/host.ts'
import { FAMILIES } from '../../model/family.ts'
import { namesIn } from './names.ts'

/** Files that run commands at boot, at shutdown or when an interface comes, and files of sets; patterns of a shell. */
const PLACES = [
  '/etc/systemd/system/*.service /etc/systemd/system/*.service.d/*.conf /usr/local/lib/systemd/system/*.service',
  '/etc/rc.local /etc/rc.d/rc.local /etc/local.d/*.start /etc/local.d/*.stop /etc/rc[S3].d/S* /etc/rc.d/rc3.d/S*',
  '/etc/network/interfaces /etc/network/interfaces.d/* /etc/network/if-*.d/*',
  '/etc/NetworkManager/dispatcher.d/* /etc/NetworkManager/dispatcher.d/*/* /etc/networkd-dispatcher/*/*',
  '/etc/crontab /etc/cron.d/* /etc/crontabs/* /var/spool/cron/* /var/spool/cron/crontabs/*',
  '/usr/share/netfilter-persistent/plugins.d/*',
  '/etc/iptables/ipsets /etc/sysconfig/ipset /etc/sysconfig/ipset.d/*.set /etc/ipset.conf /etc/ipset.d/* /var/lib/ipset/rules-save',
]

/** Programs that write all rules themselves, by their units. */
export const FRONTENDS = [
  'csf',
  'lfd',
  'shorewall',
  'shorewall6',
  'shorewall-lite',
  'ferm',
  'firehol',
] as const

/** Programs that write rules among those of others. */
export const MEDDLERS = ['imunify360', 'imunify360-agent', 'apf', 'arno-iptables-firewall', 'uruk'] as const

const UNITS = ['nftables', 'firewalld', 'ipset', ...FRONTENDS, ...MEDDLERS]

/** What examine is asked about boot, as values of its request. */
export function bootQuestions(wanted: Wanted): readonly (readonly [key: string, value: string])[] {
  const texts = FAMILIES.map((family) => wanted[family])
  const names = [
    ...namesIn(texts, 'users').map((name) => `passwd:${name}`),
    ...namesIn(texts, 'groups').map((name) => `group:${name}`),
  ]
  return [
    ...PLACES.map((place) => ['look', place] as const),
    ['units', UNITS.join(' ')],
    ...(names.length === 0 ? [] : [['names', names.join(' ')] as const]),
    ...(namesIn(texts, 'sets').length === 0 ? [] : [['asks-sets', 'yes'] as const]),
  ]
}
