import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Controller } from './controller.ts'
import { makeController } from './controller.ts'
import type { LabHost } from './host.ts'
import type { HostSpec } from './host-spec.ts'
import type { InventoryVars } from './inventory.ts'
import { inventoryText } from './inventory.ts'
import type { NetAgents } from './net-agents.ts'
import { makeNetAgents } from './net-agents.ts'
import { prepareLab } from './prepare.ts'
import { startHosts } from './start-hosts.ts'
import { startSupervisor } from './supervisor.ts'

/** A fleet on this machine, in namespaces of its own; it is gone when it is closed or when our process ends. */
export interface Lab {
  readonly hosts: ReadonlyMap<string, LabHost>
  /** The host of that name; throws where there is none. */
  host(name: string): LabHost
  /** The controller's home directory, by the same path here and there; `.ssh/id_ed25519` logs in everywhere. */
  readonly home: string
  /** The process that holds the controller's namespaces, as the machine counts. */
  readonly pid: number
  /** The password of the users that log in, on every host, for sshd and sudo. */
  readonly password: string
  /** Runs a program on the controller to its end. */
  readonly controller: Controller['run']
  /** Starts a program on the controller; `pid` is its own. */
  readonly spawnController: Controller['spawn']
  /** Writes an Ansible inventory of all hosts into the controller's home and returns its path. */
  inventory(vars?: InventoryVars, fileName?: string): Promise<string>
  /** What becomes of a new TCP connection. `from` is `controller` or a host's name. */
  readonly connects: NetAgents['connects']
  /** Accepts TCP connections on a port of a host, or of the controller; on a host until it is switched off. */
  readonly listen: NetAgents['listen']
  /** Ends everything and removes every trace. */
  close(): Promise<void>
}

export interface LabOptions {
  /** Whether the controller's known_hosts has the hosts' keys. Default true. */
  readonly knownHosts?: boolean
}

/** Starts a lab; `labProblem` says what that needs. Host number n has 198.18.0.n and, in hexadecimal, 2001:db8::n. */
export async function createLab(
  specs: readonly HostSpec[],
  { knownHosts = true }: LabOptions = {},
): Promise<Lab> {
  const preparation = await prepareLab(specs, knownHosts)
  const supervisor = await startSupervisor(preparation.directory)
  try {
    const hosts = await startHosts(specs, preparation, supervisor.pid)
    return assembleLab(hosts, preparation, supervisor)
  } catch (error) {
    await supervisor.close()
    throw error
  }
}

/** The lab of hosts that have been started. */
export function assembleLab(
  hosts: readonly LabHost[],
  { home, password }: { readonly home: string; readonly password: string },
  supervisor: { readonly pid: number; close(): Promise<void> },
): Lab {
  const byName = new Map(hosts.map((host) => [host.name, host]))
  const host = (name: string) => findHost(byName, name)
  const agents = makeNetAgents((place) => (place === 'controller' ? supervisor.pid : host(place).pid))
  const controller = makeController(supervisor.pid, home)
  return {
    hosts: byName,
    host,
    home,
    pid: supervisor.pid,
    password,
    controller: controller.run,
    spawnController: controller.spawn,
    inventory: async (vars = {}, fileName = 'inventory.yaml') => {
      const path = join(home, fileName)
      await writeFile(path, inventoryText(hosts, vars))
      return path
    },
    connects: agents.connects,
    listen: agents.listen,
    close: async () => {
      agents.close()
      await supervisor.close()
    },
  }
}

function findHost(hosts: ReadonlyMap<string, LabHost>, name: string): LabHost {
  const host = hosts.get(name)
  if (host !== undefined) return host
  throw new Error(`Expected one of ${[...hosts.keys()].join(', ')}, got ${name}`)
}
