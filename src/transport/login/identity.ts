import type { ParsedKey } from 'ssh2'
import type { Deadline } from '../deadline.ts'

/** A key that can prove itself, wherever its private part is. */
export interface Identity {
  readonly publicKey: ParsedKey
  /** The hash is given for RSA only. Rejects with ConnectError (`key-file`) where the private part cannot be had. */
  sign(data: Buffer, hash: string | undefined, deadline: Deadline): Promise<Buffer>
}
