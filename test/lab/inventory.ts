import { dump } from 'js-yaml'
import type { LabHost } from './host.ts'

/** Variables for a lab's inventory: for all its hosts, and for single ones by name. */
export interface InventoryVars {
  readonly all?: Readonly<Record<string, unknown>>
  readonly hosts?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** A YAML inventory with the hosts in the group `mail`, and what it takes to log in and become root on each. */
export function inventoryText(
  hosts: readonly LabHost[],
  { all = {}, hosts: single = {} }: InventoryVars,
): string {
  const entries = hosts.map((host) => [host.name, { ...connection(host), ...single[host.name] }])
  const inventory = { mail: { vars: all, hosts: Object.fromEntries(entries) as unknown } }
  return dump(inventory, { forceQuotes: true, quoteStyle: 'double' })
}

function connection(host: LabHost): Readonly<Record<string, unknown>> {
  const { user = 'root', ipv6 = true } = host.spec
  return {
    ansible_host: host.address,
    ...(host.port === 22 ? {} : { ansible_port: host.port }),
    ...(user === 'root' ? { ansible_user: 'root' } : { ansible_user: 'admin' }),
    ...(user === 'sudo' || user === 'sudo-password' ? { ansible_become: true } : {}),
    mailfw_addresses: ipv6 ? [host.address, host.address6] : [host.address],
  }
}
