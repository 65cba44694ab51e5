import { printable } from '../lib/printable.ts'
import { FAMILIES, FAMILY } from '../model/family.ts'
import type { Finding, PortUse } from '../model/outcome.ts'

/** What is worth a word of the ports of a host, by port. */
export function portFindings(uses: readonly PortUse[]): readonly Finding[] {
  const clear = uses.filter(isInTheClear)
  return uses.flatMap((use) => {
    const same = clear.filter(({ port }) => port === use.port)
    return [...stateFinding(use), ...(same[0] === use ? inTheClear(use, same) : [])]
  })
}

function stateFinding(use: PortUse): readonly Finding[] {
  switch (use.state) {
    case 'closed':
      return [
        {
          code: 'port-closed',
          severity: 'info',
          message: `${program(use)} listens on ${portName(use)} (${families(use)}), and the rules let nobody in`,
        },
      ]
    case 'past-input':
      return [
        {
          code: 'port-past-input',
          severity: 'warning',
          message:
            use.program !== 'docker-proxy'
              ? `packets for ${portName(use)} (${families(use)}) are sent elsewhere by a dnat rule before the rules of INPUT see them: it may be open although they let nobody in; the rules of FORWARD decide`
              : `${program(use)} listens on ${portName(use)} (${families(use)}): Docker takes packets for it before the rules of INPUT see them, so that it is open although they let nobody in; rules in the chain DOCKER-USER can close it`,
        },
      ]
    case 'unused':
      return [
        {
          code: 'port-unused',
          severity: 'info',
          message: `the rules open ${portName(use)} (${[...services(use), families(use)].join(', ')}), and nobody listens there`,
        },
      ]
    case 'open':
    case 'unclear':
      return []
  }
}

/** The ports where passwords are sent as they are unless both sides insist, and what to use instead. */
const CLEAR: ReadonlyMap<number, { readonly name: string; readonly instead: string }> = new Map([
  [110, { name: 'pop3', instead: '995 (pop3s)' }],
  [143, { name: 'imap', instead: '993 (imaps)' }],
])

function isInTheClear({ protocol, port, openTo }: PortUse): boolean {
  return protocol === 'tcp' && openTo === 'any' && CLEAR.has(port)
}

/** `uses`: all of that port, where somebody listens in one family alone. */
function inTheClear({ port, service }: PortUse, uses: readonly PortUse[]): readonly Finding[] {
  const clear = CLEAR.get(port)
  if (clear === undefined) return []
  const listening = uses.find(({ state }) => state !== 'unused')
  const who =
    listening === undefined ? 'though nobody listens there yet' : `and ${program(listening)} listens there`
  const where = families({
    families: FAMILIES.filter((family) => uses.some((use) => use.families.includes(family))),
  })
  return [
    {
      code: 'mail-in-the-clear',
      severity: 'warning',
      message: `${port}/tcp (${service ?? clear.name}) is open to any (${where}), ${who}: passwords may go in the clear; use ${clear.instead}, or mailfw_services: { ${clear.name}: { from: … } }`,
    },
  ]
}

/** `993/tcp`, `40000-40100/tcp` */
function portName({ port, lastPort, protocol }: PortUse): string {
  return `${port}${lastPort === undefined ? '' : `-${lastPort}`}/${protocol}`
}

function program(use: PortUse): string {
  return use.program === undefined ? 'something' : printable(use.program, { most: 64 })
}

function services({ service }: PortUse): readonly string[] {
  return service === undefined ? [] : [service]
}

function families(use: Pick<PortUse, 'families'>): string {
  return use.families.map((family) => FAMILY[family].label).join(' and ')
}
