import { endianness } from 'node:os'
import type { Connection } from '../model/transport.ts'
import type { Answer } from './answer.ts'
import type { CallOptions } from './call.ts'
import { call } from './call.ts'

/** A connection to sshd, as the host's kernel has it. */
export interface SshdSession {
  readonly address: string
  /** Address and port of its client. */
  readonly client: string
  /** Established, and its user has logged in. */
  readonly isLoggedIn: boolean
  /** It comes from an address of the host itself. */
  readonly isOwn: boolean
}

export interface SshdSessions {
  /** The ports that sshd listens on, as far as it holds them itself. */
  readonly sshdPorts: readonly number[]
  /** To the port that was asked for, in any state. */
  readonly sessions: readonly SshdSession[]
}

/** Who is connected to `port` of the machine that mailfw runs on; changes nothing there. */
export async function readSessions(
  connection: Connection,
  port: number,
  options: CallOptions,
): Promise<SshdSessions> {
  const values = [
    ['port', String(port)],
    ['byte-order', endianness()],
  ] as const
  return parseSessions(await call(connection, 'sessions', { values }, options))
}

function parseSessions({ lines }: Answer): SshdSessions {
  const rest = (word: string): readonly (readonly string[])[] =>
    lines.filter(([first]) => first === word).map(([, ...fields]) => fields)
  return {
    sshdPorts: [...new Set(rest('sshd-port').map(([port]) => Number(port)))],
    sessions: rest('session').map(([address = '', port, isOpen, isLogin, isOwn]) => ({
      address,
      client: `${address} ${port ?? ''}`,
      isLoggedIn: isOpen === 'yes' && isLogin === 'yes',
      isOwn: isOwn === 'yes',
    })),
  }
}
