import type { Settings } from '../model/host.ts'
import type { Finding } from '../model/outcome.ts'
import { contains, formatNetwork, parseNetwork } from '../model/network.ts'
import type { Connection } from '../model/transport.ts'
import type { Examination } from '../remote/examine.ts'
import { CallError } from '../remote/call.ts'
import type { SshdSession, SshdSessions } from '../remote/sessions.ts'
import { readSessions } from '../remote/sessions.ts'
import type { Goal } from './goal.ts'
import type { Objection } from './objections.ts'
import type { Proof } from './proof.ts'
import type { Visit } from './visit.ts'

const READ_SECONDS = 20

/**
 * What would prove a change to the machine that mailfw runs on: a new session of the person at the terminal; with nobody there the
 * settings, if they let in those who have a session. Or why nothing can, as when the rules do not open sshd's port.
 */
export async function proofHere(
  visit: Visit,
  connection: Connection,
  examination: Examination,
  goal: Goal,
): Promise<Proof | Objection> {
  const { settings } = visit.host
  const found = await readSessions(connection, portOf(visit), visit.callOptions(READ_SECONDS))
  const closed = goal.source === 'inventory' ? closedPort(portOf(visit), found) : undefined
  if (closed !== undefined) return closed
  if (settings.confirm === 'manual') return 'manual'
  if (visit.context.askForSession !== undefined) return 'session'
  const clients = clientsOf(found, examination)
  const why = notInSettings(settings, goal) ?? notLetIn(visit, clients)
  if (why !== undefined) return unproven(why)
  visit.learn({ findings: [provedBySettings(clients)] })
  return 'settings'
}

/** Somebody who has a session from another machine, if anybody has. */
export async function clientNow(visit: Visit, connection: Connection): Promise<{ readonly client?: string }> {
  const [other] = (await sessionsNow(visit, connection))?.sessions.filter(isFromElsewhere) ?? []
  return other === undefined ? {} : { client: written(other.address) }
}

export function isFromElsewhere({ isLoggedIn, isOwn }: SshdSession): boolean {
  return isLoggedIn && !isOwn
}

/** Absent if the machine gave no answer. Rejects if the run was interrupted. */
export async function sessionsNow(visit: Visit, connection: Connection): Promise<SshdSessions | undefined> {
  try {
    return await readSessions(connection, portOf(visit), visit.callOptions(READ_SECONDS))
  } catch (error) {
    if (error instanceof CallError && error.code !== 'stopped') return undefined
    throw error
  }
}

function portOf({ host }: Visit): number {
  return host.settings.ssh.ports[0]?.from ?? 22
}

function closedPort(port: number, { sshdPorts }: SshdSessions): Objection | undefined {
  const [other] = sshdPorts
  return other === undefined || sshdPorts.includes(port)
    ? undefined
    : {
        code: 'ssh-port-closed',
        message: `sshd listens on port ${other} of this machine, but the rules open ${port} for SSH; set mailfw_ssh: { port: ${other} }`,
      }
}

interface Client {
  readonly address: string
  /** How it is known. */
  readonly as: string
}

/** Who has logged in from another machine now, else who had done so when the newest generation was confirmed. */
function clientsOf({ sessions }: SshdSessions, { receipt }: Examination): readonly Client[] {
  const now = sessions.filter(isFromElsewhere)
  if (now.length > 0) return now.map(({ address }) => ({ address, as: 'has a session with sshd now' }))
  const last = receipt?.client
  return last === undefined
    ? []
    : [{ address: last.replace(/^::ffff:/, ''), as: 'is the client of the last receipt' }]
}

/** Why the settings do not tell whom the rules let in. */
function notInSettings({ templates, extraRules }: Settings, { source }: Goal): string | undefined {
  if (source === 'generation') return 'the rules are those of an older generation, not of the settings'
  if (templates !== undefined) return 'mailfw_templates may say otherwise than the settings'
  return [...extraRules.v4, ...extraRules.v6].length > 0
    ? 'mailfw_extra_rules may say otherwise than the settings'
    : undefined
}

function notLetIn({ host }: Visit, clients: readonly Client[]): string | undefined {
  if (clients.length === 0)
    return 'nobody has a session with sshd from another machine, and no receipt tells of one'
  const outside = clients.find(({ address }) => !letsIn(host.settings, address))
  return outside && `${written(outside.address)} ${outside.as}, and mailfw_ssh does not let it in`
}

function letsIn({ ssh, controllers, blocklist, policies }: Settings, address: string): boolean {
  const client = parseNetwork(address)
  if ('problem' in client || blocklist.some((blocked) => contains(blocked, client))) return false
  if (policies.input === 'accept') return true
  const sources = ssh.sources === 'any' ? 'any' : [...ssh.sources, ...controllers]
  return (
    ssh.families.includes(client.family) &&
    (sources === 'any' || sources.some((source) => contains(source, client)))
  )
}

/** As text; what is none came from a host that says nonsense. */
export function written(address: string): string {
  const network = parseNetwork(address)
  return 'problem' in network ? 'an address that is none' : formatNetwork(network)
}

function provedBySettings(clients: readonly Client[]): Finding {
  const [first] = clients.map(({ address, as }) => `${written(address)} ${as}`)
  return {
    code: 'proved-by-settings',
    severity: 'info',
    message: `no new session was asked for: ${first ?? ''}, and the settings let it in`,
  }
}

function unproven(why: string): Objection {
  return {
    code: 'way-in-unproven',
    message: `nothing shows that the new rules let anybody into this machine: ${why}; deploy at a terminal, which asks for a new SSH session, or with --confirm manual`,
  }
}
