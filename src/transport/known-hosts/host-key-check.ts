import { ConnectError } from '../../model/transport.ts'
import type { KeyScan } from '../../model/transport.ts'
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
  /** The key that `verify` said yes to. */
  accepted(): Buffer | undefined
  /** The key that was accepted although no file has it: to be added once the server has proved that it owns it. */
  newKey(): Buffer | undefined
}

/** `firstKey`: of an earlier connection of this run, which is compared whatever the files say. */
export function checkHostKey(
  target: Target,
  known: KnownHosts,
  {
    acceptNewHostKeys,
    firstKey,
  }: { readonly acceptNewHostKeys: boolean; readonly firstKey: Buffer | undefined },
): HostKeyCheck {
  let accepted: Buffer | undefined
  let isNew = false
  let refusal: ConnectError | undefined
  return {
    verify(blob) {
      if (accepted) return accepted.equals(blob)
      if (firstKey && !firstKey.equals(blob)) {
        refusal = otherThanFirst(target, firstKey, blob)
        return false
      }
      const verdict = known.judge(target.hostKeys, blob)
      isNew = verdict.kind === 'unknown' && acceptNewHostKeys
      if (verdict.kind === 'known' || isNew) accepted = Buffer.from(blob)
      else refusal = refuse(target, blob, verdict)
      return accepted !== undefined
    },
    refusal: () => refusal,
    accepted: () => accepted,
    newKey: () => (isNew ? accepted : undefined),
  }
}

function otherThanFirst({ hostName, port }: Target, first: Buffer, blob: Buffer): ConnectError {
  const offered = fingerprint(blob)
  return new ConnectError(
    'host-key-changed',
    `expected the host key that ${endpoint(hostName, port)} had when this run first connected, ${fingerprint(first)}, got ${offered}: another machine answers`,
    { tcpCompleted: true, fingerprint: offered },
  )
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
    case 'unknown': {
      const keyScan = keyScanOf(target, keyType(blob))
      const message = unknown(target, offered, verdict.authority, keyScan)
      return new ConnectError('host-key-unknown', message, { ...more, ...(keyScan && { keyScan }) })
    }
  }
}

function changed(target: Target, offered: string, known: KnownHost): string {
  const { hostKeys, hostName, port } = target
  const expected = fingerprint(Buffer.from(known.key, 'base64'))
  return (
    `the host key of ${endpoint(hostName, port)} has changed: expected ${expected} (${place(known)}), got ${offered}; ` +
    `where you know why, remove the old one: ssh-keygen -R '${hostKeys.name}' -f ${quoted(known.file)}`
  )
}

function unknown(
  target: Target,
  offered: string,
  authority: KnownHost | undefined,
  keyScan: KeyScan | undefined,
): string {
  const where = endpoint(target.hostName, target.port)
  const certified = authority
    ? ` (${place(authority)} trusts a certificate authority for it, but host certificates cannot be checked here)`
    : ''
  const record = keyScan
    ? `record it: ${keyScan.before} ${keyScan.host} ${keyScan.after}`
    : `let ssh record it under the name ${target.hostKeys.name}`
  const advice = keepsKeys(target)
    ? `then run again with --accept-new-host-keys, or ${record}`
    : 'then name a file for it: UserKnownHostsFile of ssh_config names none that keeps keys'
  return `the host key of ${where} is not known${certified}: ${offered}; compare it with the machine itself, ${advice}`
}

/** Only a ProxyCommand itself knows its way to the host. */
function keyScanOf({ hostKeys, hostName, port, route }: Target, type: string): KeyScan | undefined {
  if (route.kind === 'command' || !keepsKeys({ hostKeys })) return undefined
  const flag = port === 22 ? '' : ` -p ${port}`
  const scan = `ssh-keyscan${flag} -t ${KEYSCAN_TYPES[type] ?? 'ecdsa'}`
  const [file = ''] = hostKeys.userFiles
  return {
    before: route.kind === 'jump' ? `${loginTo(route.hop)} ${scan}` : scan,
    host: hostName,
    after: `${rename(hostKeys.name, endpointName(hostName, port))}>> ${quoted(file)}`,
  }
}

/** Where keys are recorded: what is written to a device, or nowhere, is not known the next time either. */
function keepsKeys({ hostKeys: { userFiles } }: Pick<Target, 'hostKeys'>): boolean {
  const [file] = userFiles
  return file !== undefined && !file.startsWith('/dev/')
}

function quoted(file: string): string {
  return /\s/.test(file) ? `'${file}'` : file
}

function loginTo({ user, hostName, port }: Target): string {
  return `ssh ${port === 22 ? '' : `-p ${port} `}${user}@${hostName}`
}

/** ssh-keyscan knows nothing of a HostKeyAlias. */
function rename(name: string, scanned: string): string {
  return name === scanned ? '' : `| sed 's/^[^ ]*/${name}/' `
}

function endpointName(hostName: string, port: number): string {
  return port === 22 ? hostName.toLowerCase() : `[${hostName.toLowerCase()}]:${port}`
}

const KEYSCAN_TYPES: Readonly<Record<string, string>> = { 'ssh-ed25519': 'ed25519', 'ssh-rsa': 'rsa' }

function place(line: KnownHost): string {
  return `${line.file}:${line.line}`
}
