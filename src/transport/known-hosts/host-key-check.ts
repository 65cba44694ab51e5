import { ConnectError } from '../../model/transport.ts'
import type { Target } from '../target.ts'
import { endpoint } from '../wording.ts'
import { fingerprint } from './fingerprint.ts'
import type { KnownHosts, Verdict } from './known-hosts.ts'
import type { KnownHost } from './parse.ts'
import { keyType } from './parse.ts'

/** Watches over the host key of one session. */
export interface HostKeyCheck {
  /** Called again whenever keys are renewed: then only the key of the beginning is good. Writes nothing. */
  verify(blob: Buffer): boolean
  /** Why `verify` said no. */
  refusal(): ConnectError | undefined
  /** The key that was accepted although no file has it: to be added once the server has proved that it owns it. */
  newKey(): Buffer | undefined
}

export function checkHostKey(target: Target, known: KnownHosts, acceptNew: boolean): HostKeyCheck {
  let accepted: Buffer | undefined
  let isNew = false
  let refusal: ConnectError | undefined
  return {
    verify(blob) {
      if (accepted) return accepted.equals(blob)
      const verdict = known.judge(target.hostKeys, blob)
      isNew = verdict.kind === 'unknown' && acceptNew
      if (verdict.kind === 'known' || isNew) accepted = Buffer.from(blob)
      else refusal = refuse(target, blob, verdict)
      return accepted !== undefined
    },
    refusal: () => refusal,
    newKey: () => (isNew ? accepted : undefined),
  }
}

function refuse(target: Target, blob: Buffer, verdict: Exclude<Verdict, { kind: 'known' }>): ConnectError {
  const where = endpoint(target.hostName, target.port)
  const offered = fingerprint(blob)
  const more = { tcpCompleted: true, fingerprint: offered }
  switch (verdict.kind) {
    case 'revoked':
      return new ConnectError(
        'host-key-revoked',
        `the host key of ${where} is revoked by ${place(verdict.by)}: ${offered}`,
        more,
      )
    case 'changed':
      return new ConnectError('host-key-changed', changed(target, offered, verdict.known), more)
    case 'unknown':
      return new ConnectError('host-key-unknown', unknown(target, blob, verdict.authority), more)
  }
}

function changed(target: Target, offered: string, known: KnownHost): string {
  const { hostKeys, hostName, port } = target
  const expected = fingerprint(Buffer.from(known.key, 'base64'))
  return (
    `the host key of ${endpoint(hostName, port)} has changed: expected ${expected} (${place(known)}), got ${offered}; ` +
    `where you know why, remove the old one: ssh-keygen -R '${hostKeys.name}' -f ${known.file}`
  )
}

function unknown(target: Target, blob: Buffer, authority: KnownHost | undefined): string {
  const { hostKeys } = target
  const [file = '~/.ssh/known_hosts'] = hostKeys.userFiles
  const where = endpoint(target.hostName, target.port)
  const scan = `${scanCommand(target, keyType(blob))} >> ${file}`
  const certified = authority
    ? ` (${place(authority)} trusts a certificate authority for it, but host certificates cannot be checked here)`
    : ''
  return (
    `the host key of ${where} is not known${certified}: ${fingerprint(blob)}; compare the fingerprint, ` +
    `then add the key under the name ${hostKeys.name} (${scan}) or use --accept-new-host-keys`
  )
}

function scanCommand(target: Target, type: string): string {
  const through = target.route.kind === 'jump' ? `ssh ${target.route.hop.hostName} ` : ''
  const port = target.port === 22 ? '' : `-p ${target.port} `
  return `${through}ssh-keyscan ${port}-t ${KEYSCAN_TYPES[type] ?? 'ecdsa'} ${target.hostName}`
}

const KEYSCAN_TYPES: Readonly<Record<string, string>> = { 'ssh-ed25519': 'ed25519', 'ssh-rsa': 'rsa' }

function place(line: KnownHost): string {
  return `${line.file}:${line.line}`
}
