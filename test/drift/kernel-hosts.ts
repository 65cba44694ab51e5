import { copyFile, mkdir } from 'node:fs/promises'
import { FAMILIES } from '../../src/model/family.ts'
import { OPEN } from '../e2e/mailfw.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'

/** Of each backend, hosts with our own templates, and hosts with chains and tables that those do not have. */
export const DRIFT_HOSTS: readonly HostSpec[] = (['nf_tables', 'legacy'] as const).flatMap((backend) =>
  ['ours', 'ours-and-bans', 'several', 'several-and-bans'].map((name) => ({
    name: `${backend === 'legacy' ? backend : 'nft'}-${name}`,
    backend,
    rules: { v4: letUsIn(), v6: letUsIn() },
  })),
)

/** Whether a line is fail2ban's, or one of those that let us in whatever an edit does. `:CHAIN` or `-A CHAIN …`. */
export function isForeign(line: string): boolean {
  return /^:f2b-|^-A f2b-| -j f2b-| -m comment --comment lab( |$)/.test(line)
}

/** Writes the inventory of the hosts, and the templates of some of them. */
export async function driftInventory(lab: Lab): Promise<string> {
  await mkdir(`${lab.home}/several`)
  for (const family of FAMILIES) {
    await copyFile(`${BY_HAND}.${family}`, `${lab.home}/several/rules.${family}.hbs`)
  }
  const several = DRIFT_HOSTS.filter(({ name }) => name.includes('several'))
  return lab.inventory({
    all: { ...OPEN, ...POLICY },
    hosts: Object.fromEntries(several.map(({ name }) => [name, { mailfw_templates: 'several' }])),
  })
}

const BY_HAND = `${import.meta.dirname}/../cases/drift/several-tables`

const POLICY = {
  mailfw_preserve: { comments: ['lab'] },
  mailfw_blocklist: ['192.0.2.0/25', '203.0.113.77', '2001:db8:bad::/48', '2001:db8:ffff::1'],
  mailfw_services: {
    smtp: {},
    imaps: { from: ['198.18.0.0/15', '203.0.113.0/24', '2001:db8::/32'] },
    submission: { limit: { rate: '30/min', burst: 60 }, connections: 20 },
  },
}

/** In each chain that packets of an SSH session pass, before whatever is deployed. */
function letUsIn(): string {
  const rule = (chain: string, end: string) =>
    `-A ${chain} -p tcp -m tcp --${end} 22 -m comment --comment lab -j ACCEPT\n`
  const [into, out] = [(chain: string) => rule(chain, 'dport'), (chain: string) => rule(chain, 'sport')]
  return [
    ['*raw\n', into('PREROUTING'), out('OUTPUT')],
    ['*mangle\n', into('PREROUTING'), into('INPUT'), out('OUTPUT'), out('POSTROUTING')],
    ['*filter\n', into('INPUT'), out('OUTPUT')],
  ]
    .map((lines) => `${lines.join('')}COMMIT\n`)
    .join('')
}
