import type { Removal } from '../../model/outcome.ts'

/** Whose a rule seems to be, by what only its program writes; else by where it stands. */
export function ownerOf(line: string, where: Removal['in']): string {
  const unquoted = line.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
  const known = MARKS.find(([, mark]) => mark.test(unquoted))
  if (known !== undefined) return known[0]
  return where === 'live' ? 'set by hand or by a program that mailfw does not know' : 'of the saved file'
}

const MARKS: readonly (readonly [string, RegExp])[] = [
  ['ufw', /(?:^:|^-A | -[jg] )ufw6?-/],
  ['firewalld', /(?:^:|^-A | -[jg] )(?:\w+_ZONES\w*|\w+_direct|(?:IN|FWDI|FWDO|FWD|PRE|POST)_\w+)(?: |$)/],
  [
    'Shorewall',
    /(?:^:|^-A | -[jg] )(?:shorewall|net2\w+|\w+2net|net-\w+|\w+-net|\w+2fw|fw2\w+|smurfs|tcpflags|sha-\w+)(?: |$)/,
  ],
  [
    'csf',
    /(?:^:|^-A | -[jg] )(?:LOCAL(?:IN|OUT)PUT|DENY(?:IN|OUT)|ALLOW(?:IN|OUT)|GDENY(?:IN|OUT)|GALLOW(?:IN|OUT)|LOGDROP(?:IN|OUT)|INVALID|INVDROP|PORTFLOOD|SMTPOUTPUT|BOGON|SPAMHAUS|DSHIELD|CC_(?:DENY|ALLOW)\w*)(?: |$)/,
  ],
  ['WireGuard or another VPN', / -[io] (?:wg|tun|tap)\S*|-p udp\b.* --dport (?:51820|1194)\b/],
  ['Proxmox or its administrator', / -[io] vmbr/],
  [
    "the distribution's own first rules",
    / --reject-with icmp6?-(?:host|adm)-prohibited$|(?:^:|^-A | -[jg] )RH-Firewall-1-INPUT/,
  ],
]
