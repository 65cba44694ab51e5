import type { Settings } from '../model/host.ts'
import { contains, parseNetwork } from '../model/network.ts'
import type { Finding } from '../model/outcome.ts'
import type { Examination } from '../remote/examine.ts'
import { secondsPerConnection } from '../ruleset/pace.ts'
import { RulesetError } from '../ruleset/parse.ts'
import type { Attempt } from './attempt.ts'

/** A deploy takes two or three connections, and a host may be deployed to several times in a row. */
const LEAST_BURST = 10
/** Connection 1 is open still when connection 2 is made. */
const LEAST_CONNECTIONS = 3

/** A limit on SSH so strict that our own connections alone may make a good change look bad. */
export function strictSshLimit({ ssh, controllers }: Settings, { session }: Examination): readonly Finding[] {
  if (session === undefined || session.clientIsOwn) return []
  const address = clientOf(session)
  const client = parseNetwork(address)
  if (!('problem' in client) && controllers.some((network) => contains(network, client))) return []
  const { limit, connections } = ssh
  const strict = [
    ...(limit && limit.burst < LEAST_BURST ? [`limit has a burst of ${limit.burst}`] : []),
    ...(connections !== undefined && connections < LEAST_CONNECTIONS
      ? [`connections is ${connections}`]
      : []),
  ]
  if (strict.length === 0) return []
  const message = `mailfw_ssh.${strict.join(' and mailfw_ssh.')}, and it counts mailfw too: a good change may be reverted because its new connection is one too many; add ${address}, from which the host sees us come, to mailfw_controllers`
  return [{ code: 'ssh-limit-counts-us', severity: 'warning', message }]
}

/**
 * How long a limit on SSH that counts us makes us wait for one more connection, by the rules before the change or by
 * those after it; nothing if neither counts us.
 */
export function sshPaceSeconds({ examination, goal }: Attempt): number | undefined {
  const { session, families } = examination
  if (session === undefined) return undefined
  const entrance = { client: clientOf(session), port: session.serverPort }
  const family = entrance.client.includes(':') ? 'v6' : 'v4'
  const paces = [families[family]?.live, goal.wanted[family]].flatMap((text) => paceIn(text ?? '', entrance))
  return paces.length === 0 ? undefined : Math.max(...paces)
}

function paceIn(text: string, entrance: Parameters<typeof secondsPerConnection>[1]): readonly number[] {
  try {
    return [secondsPerConnection(text, entrance)].filter((seconds) => seconds !== undefined)
  } catch (error) {
    if (error instanceof RulesetError) return []
    throw error
  }
}

function clientOf({ clientAddress }: NonNullable<Examination['session']>): string {
  return clientAddress.replace(/^::ffff:/, '')
}
