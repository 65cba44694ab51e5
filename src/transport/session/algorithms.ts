import type { Algorithms } from 'ssh2'
import { ConnectError } from '../../model/transport.ts'
import type { AllowedAlgorithms } from '../target.ts'

/**
 * What is offered to a server: the fastest of the secure ones first, what is only there for old servers where
 * ssh_config allows it, and never compression. The key types that are on file for the host come first, as with OpenSSH.
 */
export function algorithmsFor(allowed: AllowedAlgorithms, knownTypes: readonly string[]): Algorithms {
  const hostKeys = choose('serverHostKey', allowed.serverHostKey)
  const isKnown = (algorithm: string): boolean =>
    knownTypes.includes(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm)
  return {
    kex: choose('kex', allowed.kex),
    serverHostKey: [...hostKeys.filter(isKnown), ...hostKeys.filter((algorithm) => !isKnown(algorithm))],
    cipher: choose('cipher', allowed.cipher),
    hmac: choose('hmac', allowed.hmac),
    compress: ['none'],
  } as Algorithms
}

interface Choice {
  /** Its name in ssh_config. */
  readonly option: string
  readonly usual: readonly string[]
  /** Only where ssh_config names it. */
  readonly legacy: readonly string[]
}

const CHOICES: Readonly<Record<keyof AllowedAlgorithms, Choice>> = {
  kex: {
    option: 'KexAlgorithms',
    usual: [
      'curve25519-sha256',
      'curve25519-sha256@libssh.org',
      'ecdh-sha2-nistp256',
      'ecdh-sha2-nistp384',
      'ecdh-sha2-nistp521',
      'diffie-hellman-group14-sha256',
      'diffie-hellman-group-exchange-sha256',
      'diffie-hellman-group16-sha512',
      'diffie-hellman-group18-sha512',
    ],
    legacy: ['diffie-hellman-group14-sha1', 'diffie-hellman-group-exchange-sha1'],
  },
  serverHostKey: {
    option: 'HostKeyAlgorithms',
    usual: [
      'ssh-ed25519',
      'ecdsa-sha2-nistp256',
      'ecdsa-sha2-nistp384',
      'ecdsa-sha2-nistp521',
      'rsa-sha2-512',
      'rsa-sha2-256',
    ],
    legacy: ['ssh-rsa'],
  },
  cipher: {
    option: 'Ciphers',
    usual: [
      'aes128-gcm@openssh.com',
      'aes256-gcm@openssh.com',
      'chacha20-poly1305@openssh.com',
      'aes128-ctr',
      'aes192-ctr',
      'aes256-ctr',
    ],
    legacy: ['aes128-cbc', 'aes256-cbc'],
  },
  hmac: {
    option: 'MACs',
    usual: [
      'hmac-sha2-256-etm@openssh.com',
      'hmac-sha2-512-etm@openssh.com',
      'hmac-sha2-256',
      'hmac-sha2-512',
    ],
    legacy: ['hmac-sha1-etm@openssh.com', 'hmac-sha1'],
  },
}

function choose(kind: keyof AllowedAlgorithms, allowed: readonly string[] | undefined): readonly string[] {
  const { option, usual, legacy } = CHOICES[kind]
  if (allowed === undefined) return usual
  const chosen = [...usual, ...legacy].filter((algorithm) => allowed.includes(algorithm))
  if (chosen.length > 0) return chosen
  throw new ConnectError(
    'ssh-config',
    `${option} in ssh_config leaves nothing that can be spoken here: expected one of ${usual.join(', ')}`,
  )
}
