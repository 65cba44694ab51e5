import type { PortRange } from '../model/service.ts'

/** Slots of one `-m multiport`; a range takes two. Source: XT_MULTI_PORTS in linux/netfilter/xt_multiport.h. */
export const MULTIPORT_SLOTS = 15

/** The ports as iptables writes them, in as few rules as they fit: `['25', '465,587,1000:1010']`. */
export function portGroups(ports: readonly PortRange[]): string[] {
  const groups: PortRange[][] = []
  let free = 0
  for (const port of ports) {
    const slots = port.from === port.to ? 1 : 2
    if (slots > free || groups.length === 0) {
      groups.push([])
      free = MULTIPORT_SLOTS
    }
    groups.at(-1)?.push(port)
    free -= slots
  }
  return groups.map((group) => group.map(formatPorts).join(','))
}

function formatPorts({ from, to }: PortRange): string {
  return from === to ? String(from) : `${from}:${to}`
}
