import type { Family } from './family.ts'
import type { KeyScan } from './transport.ts'

export const OUTCOMES = [
  'unchanged',
  'would-change',
  'confirmed',
  'reverted',
  'revert-failed',
  'held',
  'unreachable',
  'failed',
  'unknown',
  'skipped',
] as const

/** How one host ended: exactly one of these. */
export type Outcome = (typeof OUTCOMES)[number]

/** Why, in one word that programs can rely on. */
export const CODES = [
  // unchanged, would-change, confirmed
  'as-wanted',
  'drift',
  'cannot-compare',
  'deployed',
  // unreachable
  'name',
  'tcp',
  'refused',
  'algorithms',
  'host-key-unknown',
  'host-key-changed',
  'host-key-revoked',
  'login',
  'key-file',
  'ssh-config',
  'lost',
  // failed
  'busy',
  'not-root',
  'sudo-missing',
  'sudo-password',
  'sudo-refused',
  'no-iptables',
  'no-shell',
  'newer-format',
  'host-requirements',
  'rules-refused',
  'ssh-port-closed',
  'other-firewall',
  'other-backend',
  'native-nft',
  'saves-on-stop',
  'disk-full',
  'iptables-locked',
  'live-changed',
  'apply-refused',
  'guard-missing',
  'snapshot-refused',
  // reverted, revert-failed
  'locked-out',
  'not-as-wanted',
  'confirm-refused',
  'interrupted',
  'guard-reverted',
  'revert-incomplete',
  // unknown
  'no-answer',
  'bug',
  // skipped
  'declined',
  'stopped',
  'budget',
] as const

export type Code = (typeof CODES)[number]

export type Severity = 'info' | 'warning'

/** Something that examine saw and that is not drift. */
export interface Finding {
  readonly code: string
  readonly severity: Severity
  readonly message: string
  /** A command that mends it, where there is one. */
  readonly fix?: string
}

/** The state that examine found in one family. */
export interface FamilyState {
  readonly live?: 'as-wanted' | 'differs' | 'cannot-compare'
  readonly saved?: 'as-wanted' | 'differs' | 'absent'
  readonly savedPath?: string
  /** Lines of iptables-save, `+ ` and `- ` before those that a deploy adds and removes. */
  readonly diff?: string
}

export interface HostResult {
  readonly host: string
  readonly outcome: Outcome
  readonly code: Code
  /** A sentence that ends with the state of the host. */
  readonly message: string
  /** A command that mends it, as the message has it too. */
  readonly fix?: string
  readonly address?: string
  readonly port?: number
  /** SSH connections that were made. */
  readonly connections: number
  readonly seconds: number
  /** The generation that the host has now. */
  readonly generation?: number
  /** `null`: the family is off on the host; absent: never reached. */
  readonly families: Partial<Record<Family, FamilyState | null>>
  readonly findings: readonly Finding[]
  /** What the server offered, for an unknown host key. */
  readonly fingerprint?: string
  /** How that is recorded. */
  readonly keyScan?: KeyScan
  /** An attempt whose guard may still be armed when we leave the host. */
  readonly pending?: { readonly attempt: string; readonly secondsLeft: number }
}

export type Summary = Partial<Record<Outcome, number>>

export function summarise(results: readonly HostResult[]): Summary {
  const summary: Summary = {}
  for (const outcome of OUTCOMES) {
    const count = results.filter((result) => result.outcome === outcome).length
    if (count > 0) summary[outcome] = count
  }
  return summary
}

const EXIT: Readonly<Record<Outcome, number>> = {
  unchanged: 0,
  confirmed: 0,
  'would-change': 3,
  held: 3,
  failed: 4,
  unreachable: 4,
  skipped: 4,
  reverted: 5,
  'revert-failed': 6,
  unknown: 6,
}

/** The exit code of a run: a bug wins over all, else the highest that applies. `strict` counts warnings as drift. */
export function exitCode(
  results: readonly HostResult[],
  options: { strict: boolean; deploys: boolean },
): number {
  if (results.some((result) => result.code === 'bug')) return 1
  return Math.max(
    0,
    ...results.map((result) => {
      if (result.outcome === 'held' && options.deploys) return 4
      const warned = options.strict && result.findings.some((finding) => finding.severity === 'warning')
      return Math.max(EXIT[result.outcome], warned ? 3 : 0)
    }),
  )
}
