import { isIPv6 } from 'node:net'
import { codeOf } from '../lib/system-error.ts'

/** `192.0.2.1:22`, `[2001:db8::1]:22` */
export function endpoint(address: string, port: number): string {
  return `${isIPv6(address) ? `[${address}]` : address}:${port}`
}

/** `a`, `a and b`, `a, b and c` */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`
}

/** A path as its owner would write it: `~/.ssh/id_ed25519`. */
export function homely(path: string, home: string): string {
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'no local address for it',
  EAI_AGAIN: 'no name server answers',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route to the host',
  EISDIR: 'it is a directory',
  ENETUNREACH: 'the network is unreachable',
  ENOENT: 'no such file',
  ENOTDIR: 'a part of its path is no directory',
  ENOTFOUND: 'no such name',
  EPERM: 'not permitted, as by a firewall of this machine',
  ETIMEDOUT: 'no answer',
}

/** What an error says, in words where it is one of the system's. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return REASONS[codeOf(error) ?? ''] ?? message
}
