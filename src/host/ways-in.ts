import type { Family } from '../model/family.ts'
import { FAMILY } from '../model/family.ts'
import type { Network } from '../model/network.ts'
import { parseNetwork } from '../model/network.ts'
import type { Behind, Connection } from '../model/transport.ts'
import type { Examination } from '../remote/examine.ts'
import type { Goal } from './goal.ts'
import { lostBehind, watchBehind } from './hosts-behind.ts'
import type { AnsweringPort } from './probe.ts'
import { answeringPorts, stoppedPorts } from './probe.ts'
import { probeSentence } from './probe-sentence.ts'
import type { Entrance, ProbedPort } from './probed-ports.ts'
import { probedPorts, probedServices } from './probed-ports.ts'
import type { SecondFamily } from './second-family.ts'
import { otherWayIn, stillAnswers, watchSecondFamily } from './second-family.ts'
import type { RevertReason } from './take-back.ts'
import type { Visit } from './visit.ts'

/** Why a change must be taken back. */
export interface Stopped {
  readonly code: RevertReason
  readonly sentence: string
}

/** What was open to us before a change, beside SSH by the way that we came, and has to be after it. */
export interface WaysIn {
  readonly second: SecondFamily | undefined
  readonly ports: readonly AnsweringPort[]
  /** Hosts that are reached through this one. */
  readonly behind: readonly Behind[]
}

/** Looks what is open to us on a host that is to be changed. Rejects with ConnectError (`stopped`) alone. */
export async function watchWaysIn(
  visit: Visit,
  connection: Connection,
  examination: Examination,
  goal: Goal,
): Promise<WaysIn> {
  // From itself a machine gets in everywhere, by loopback.
  if (visit.host.login.local === true) return { second: undefined, ports: [], behind: [] }
  if (probedServices(visit.host.settings).length > 0) visit.step('probe')
  const { session } = examination
  const family = familyOf(session?.serverAddress ?? connection.address)
  const portsAt = (entrance: Entrance): readonly ProbedPort[] =>
    meantPorts(visit, examination, goal, entrance)
  const nearPorts = portsAt({
    family,
    address: connection.address,
    own: addressOf(session?.clientAddress, family),
  })
  const watchFar = async (): Promise<Omit<WaysIn, 'behind'>> => {
    const second = await watchSecondFamily(visit, family)
    const other = second ?? otherWayIn(visit, family)
    // Only an IPv6 address is surely the one that the host sees.
    const ports = other === undefined ? [] : portsAt({ ...other, own: addressOf(second?.from, 'v6') })
    return { second, ports: await answeringPorts(visit, ports) }
  }
  const [near, far, behind] = await Promise.all([
    answeringPorts(visit, nearPorts),
    watchFar(),
    watchBehind(visit, connection),
  ])
  return { ...far, ports: [...near, ...far.ports], behind }
}

/** Why the change must be taken back, or nothing. Takes until `latest` at the most, by `performance.now()`. */
export async function whatStopped(
  visit: Visit,
  connection: Connection,
  { second, ports, behind }: WaysIn,
  latest: number,
): Promise<Stopped | undefined> {
  const [isOpen, stopped, lost] = await Promise.all([
    second === undefined || stillAnswers(visit, second),
    stoppedPorts(visit, ports, latest),
    lostBehind(visit, connection, behind, latest),
  ])
  if (second !== undefined && !isOpen) return { code: 'locked-out', sentence: lostFamily(second) }
  if (lost.length > 0) return { code: 'cut-off', sentence: cutOff(lost) }
  return stopped.length === 0 ? undefined : { code: 'probe-failed', sentence: probeSentence(stopped) }
}

/** A family that is off on the host, or that the change leaves as it is, has none. */
function meantPorts(
  { host }: Visit,
  { families }: Examination,
  { source, wanted }: Goal,
  entrance: Entrance,
): readonly ProbedPort[] {
  const { family } = entrance
  const live = families[family]?.live
  const rules = wanted[family]
  if (live === undefined || rules === undefined) return []
  return probedPorts(host.settings, entrance, { live, other: source === 'inventory' ? undefined : rules })
}

function familyOf(address: string): Family {
  return address.includes(':') ? 'v6' : 'v4'
}

function addressOf(text: string | undefined, family: Family): Network | undefined {
  const network = text === undefined ? undefined : parseNetwork(text)
  return network === undefined || 'problem' in network || network.family !== family ? undefined : network
}

function cutOff(lost: readonly Behind[]): string {
  const names = lost.map(({ name }) => name).join(', ')
  return `the way through this host to ${names} was open before the change and is not any more: the new rules cut off the hosts behind it`
}

function lostFamily({ family, address }: SecondFamily): string {
  return `SSH answered at ${address} before the change and does not any more: the new rules close it over ${FAMILY[family].label}`
}
