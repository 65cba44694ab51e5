import type { Opening } from '../policy/service-context.ts'

/** The packets of an opening, as iptables-save writes them. */
export function matchOf({ source, protocol, ports }: Opening): string {
  const from = source === null ? '' : `-s ${source} `
  return ports.includes(',')
    ? `${from}-p ${protocol} -m multiport --dports ${ports}`
    : `${from}-p ${protocol} -m ${protocol} --dport ${ports}`
}

/**
 * The packets that begin a connection, so that a limit counts connections and nothing else. A TCP session that lived
 * before the kernel tracked connections is NEW to it in the middle, but carries no SYN. A UDP flow is NEW until it is
 * answered, but CONFIRMED from its second packet on.
 */
export function matchNewOf(opening: Opening): string {
  const match = matchOf(opening)
  if (opening.protocol === 'udp') return `${match} -m conntrack --ctstate NEW ! --ctstatus CONFIRMED`
  const tcp = match.includes(' -m tcp ') ? '' : ' -m tcp'
  return `${match}${tcp} --tcp-flags FIN,SYN,RST,ACK SYN`
}

/** As iptables-save writes a comment: bare where it is a plain word. */
export function commentWord(text: string): string {
  return /^[A-Za-z0-9_][A-Za-z0-9_-]*$/.test(text) ? text : inQuotes(text)
}

/** One word of a rule, whatever is in it. */
export function inQuotes(text: string): string {
  return `"${text.replace(/["\\']/g, '\\$&')}"`
}
