import { isIP } from 'node:net'
import { loadInventory } from '../inventory/load.ts'
import type { Inventory } from '../inventory/load.ts'
import type { LoginDefaults } from '../inventory/login-reader.ts'
import { nearest } from '../inventory/nearest.ts'
import type { Host } from '../model/host.ts'
import { NO_LOGIN } from './login.ts'
import { UsageError } from './usage-error.ts'

interface OneHost {
  readonly inventory: string
  readonly name: string
  readonly extraVars: readonly string[]
}

/**
 * The one host of that name. Rejects with InputError for the inventory's faults, and with UsageError where the name is
 * not that of one host which is mailfw's; nothing was contacted then.
 */
export async function loadOneHost(wanted: OneHost, login: LoginDefaults): Promise<Host> {
  const { inventory, name, extraVars } = wanted
  refusePattern(name)
  refuseOthers(wanted, await loadInventory(inventory, { extraVars, login: NO_LOGIN }))
  // Only what this host's login needs has to be readable.
  const { hosts } = await loadInventory(inventory, { limit: name, extraVars, login })
  const host = hosts.find((each) => each.name === name)
  if (host === undefined) throw new Error(`the host ${name} was there and is gone`)
  return host
}

function refusePattern(name: string): void {
  if (name !== '' && (isIP(name) !== 0 || !/[*?:,&!~@[\]\s]/.test(name))) return
  throw new UsageError(
    `HOST: expected the name of one host, got ${name === '' ? 'nothing' : `the pattern ${JSON.stringify(name)}`}. Nothing was contacted.`,
  )
}

function refuseOthers({ inventory, name }: OneHost, { hosts, leftOut }: Inventory): void {
  if (hosts.some((host) => host.name === name)) return
  const names = [...hosts, ...leftOut].map((host) => host.name)
  if (names.includes(name)) {
    throw new UsageError(
      `HOST: ${name} is none of mailfw's hosts in ${inventory}: it is without mailfw_services, or local without mailfw_local: true. Nothing was contacted.`,
    )
  }
  if (hosts.some((host) => host.groups.includes(name)) || name === 'all') {
    throw new UsageError(
      `HOST: expected the name of one host, got the group ${name} of ${inventory}. Nothing was contacted.`,
    )
  }
  const meant = nearest(name, names)
  throw new UsageError(
    `HOST: there is no ${JSON.stringify(name)} in ${inventory}${meant === undefined ? '.' : `; did you mean ${meant}?`} Nothing was contacted.`,
  )
}
