import type { RunCommand } from './command.ts'
import type { Family } from './family.ts'
import type { Protocol } from './service.ts'
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
  // unchanged, would-change, confirmed, held
  'as-wanted',
  'drift',
  'cannot-compare',
  'deployed',
  'rolled-back',
  'on-hold',
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
  'unsafe-directory',
  'rules-refused',
  'set-missing',
  'ssh-port-closed',
  'first-deploy-removes',
  'same-machine',
  'other-firewall',
  'other-backend',
  'native-nft',
  'saved-other-table',
  'saved-not-carried',
  'saves-on-stop',
  'disk-full',
  'iptables-locked',
  'iptables-hung',
  'missing-module',
  'no-legacy-tables',
  'live-changed',
  'apply-refused',
  'guard-missing',
  'snapshot-refused',
  'no-generation',
  'generation-closes-ssh',
  'way-in-unproven',
  'other-machine-generation',
  // reverted, revert-failed
  'locked-out',
  'jump-host',
  'cut-off',
  'probe-failed',
  'not-as-wanted',
  'saved-changed',
  'other-backend-now',
  'confirm-refused',
  'other-address',
  'other-machine',
  'interrupted',
  'guard-reverted',
  'rebooted',
  'revert-incomplete',
  'revert-partial',
  // a change that the same run was to undo, and that stands
  'not-taken-back',
  // confirm and revert by hand
  'no-attempt',
  'other-attempt',
  'other-rules',
  'not-applied',
  'too-late',
  'already-confirmed',
  'by-hand',
  // unknown
  'no-answer',
  'reverted-not-reachable',
  'awaiting-confirmation',
  'bug',
  // skipped
  'declined',
  'stopped',
  'budget',
] as const

export type Code = (typeof CODES)[number]

/** Refusals that a person may override by `--allow CODE,…`. */
export const OVERRIDABLE_CODES = [
  'other-firewall',
  'first-deploy-removes',
  'saved-other-table',
  'saved-not-carried',
  'generation-closes-ssh',
  'other-machine-generation',
] as const satisfies readonly Code[]

export type OverridableCode = (typeof OVERRIDABLE_CODES)[number]

export function isOverridable(code: string): code is OverridableCode {
  return OVERRIDABLE_CODES.some((each) => each === code)
}

export type Severity = 'info' | 'warning'

/** Something that examine saw and that is not drift. */
export interface Finding {
  readonly code: string
  readonly severity: Severity
  readonly message: string
  /** A command that fixes it, if there is one. */
  readonly fix?: string
}

/**
 * Who made live or saved differ from wanted: somebody on the host, a boot that did not load what was saved, or we, by
 * wanting something else than what was confirmed: what the inventory says by now, what another mailfw renders, or an
 * older generation.
 */
export const CAUSES = ['host', 'not-loaded-at-boot', 'inventory', 'mailfw-version', 'rollback'] as const

export type Cause = (typeof CAUSES)[number]

/** One thing that a deploy would change. */
export interface Difference {
  readonly in: 'live' | 'saved'
  readonly table: string
  /**
   * In the words of iptables-save, behind `+ ` what a deploy adds and behind `- ` what it takes away; behind `# ` a remark
   * about a rule of another program that a deploy moves.
   */
  readonly line: string
  readonly cause: Cause
}

/** A rule that a first deploy would take away: neither ours, nor wanted, nor a known program's. */
export interface Removal {
  readonly family: Family
  readonly in: 'live' | 'saved' | 'both'
  readonly table: string
  /** `-A CHAIN …`, or `:CHAIN -` of a chain without rules. */
  readonly line: string
  /** Whose it seems to be. */
  readonly owner: string
}

/** The state that examine found in one family. */
export interface FamilyState {
  readonly live?: 'as-wanted' | 'differs' | 'cannot-compare'
  readonly saved?: 'as-wanted' | 'differs' | 'absent'
  readonly savedPath?: string
  /** All that differs, live before saved, in the order of iptables-save. */
  readonly differences?: readonly Difference[]
}

/** A confirmed pair of rulesets on the host. What its receipt does not tell is absent. */
export interface Generation {
  readonly n: number
  /** ISO. */
  readonly at?: string
  /** The person and the machine, as `alice@laptop`. */
  readonly by?: string
  /** The mailfw that rendered its rules, and the git revision of the inventory that it rendered them from. */
  readonly version?: string
  readonly revision?: string
  /** It has the rules of that generation again: by a rollback, or because they were put back where somebody had changed them. */
  readonly again?: number
  /** It was made on another machine, of which this one is a clone. */
  readonly otherMachine?: true
  /** Why the host is to be left as it is, after a rollback. */
  readonly hold?: string
  /** What it changed, against the one before it or the one that was asked for: lines with `+ ` and `- `. For `history` alone. */
  readonly changes?: Partial<Record<Family, readonly string[]>>
  /** The generation that `changes` are against. */
  readonly against?: number
}

/** `inverse`: step by step what the change did; `rebuild`: our old rules around those of other programs as they were by then. */
export const RUNGS = ['inverse', 'rebuild'] as const

export type Rung = (typeof RUNGS)[number]

/** An attempt that nobody confirmed yet. */
export interface Pending {
  readonly id: string
  /** Until its guard puts the old rules back; 0 or less where no guard counts any more. */
  readonly secondsLeft: number
}

/** An attempt that was undone, or was to be, as the host remembers it. */
export interface Reverted {
  readonly id: string
  /** ISO, by our own clock. */
  readonly at: string
  /** The guard's own words, a line each behind its time. */
  readonly log: string
}

/**
 * `open`: somebody listens, and the rules let somebody in; `closed`: somebody listens, and the rules let nobody in; `past-input`:
 * the same, but Docker or a dnat rule takes the packets before the rules see them; `unused`: the rules open it, and nobody listens;
 * `unclear`: somebody listens, and who gets in depends on more than the rules tell.
 */
export const PORT_STATES = ['open', 'closed', 'past-input', 'unused', 'unclear'] as const

export type PortState = (typeof PORT_STATES)[number]

/** A port that the host listens on, or that the wanted rules open. Who listens on loopback alone does not count. */
export interface PortUse {
  readonly protocol: Protocol
  readonly port: number
  /** The last one, of a range that is unused. */
  readonly lastPort?: number
  /** Those that the rest holds for. */
  readonly families: readonly Family[]
  /** Who listens; absent where nobody does, or no program, such as the kernel. */
  readonly program?: string
  /** What the inventory or IANA calls it. */
  readonly service?: string
  readonly state: PortState
  /** Whom the rules let in: everybody, or so many networks; for `open` and `unused`. */
  readonly openTo?: 'any' | number
}

export interface HostResult {
  readonly host: string
  readonly outcome: Outcome
  readonly code: Code
  /** A sentence that ends with the state of the host. */
  readonly message: string
  /** A command that fixes it, as the message has it too. */
  readonly fix?: string
  readonly address?: string
  readonly port?: number
  /** Of a change that was undone: by which way each family got its old rules back. Absent where none was changed. */
  readonly rungs?: Partial<Record<Family, Rung>>
  /** Lines of the old rules that could not be loaded any more, as `v4 TABLE LINE`, and sets that came back empty, as `set NAME`. */
  readonly lost?: readonly string[]
  /** SSH connections that were made. */
  readonly connections: number
  readonly seconds: number
  /** The generation that the host has now; what is known of it where `status` asked. */
  readonly generation?: number | Generation
  /** `null`: the family is off on the host; absent: never reached. */
  readonly families: Partial<Record<Family, FamilyState | null>>
  readonly findings: readonly Finding[]
  /** What a first deploy takes away here; absent if nothing. */
  readonly removes?: readonly Removal[]
  /** Who listens beside what the rules open, by port; for `check --ports`. */
  readonly ports?: readonly PortUse[]
  /** The generations on the host, newest first; for `history`, and for a report of the run. */
  readonly generations?: readonly Generation[]
  /** The newest generation is a rollback, whose rules stay until a deploy releases the host. */
  readonly hold?: Generation & { readonly hold: string }
  /** What the server offered, for an unknown host key. */
  readonly fingerprint?: string
  /** How that is recorded. */
  readonly keyScan?: KeyScan
  /** An attempt that may still be reverted when we leave the host. */
  readonly pending?: Pending
  /** What the last attempt came to while nobody watched; seen by `status` alone. */
  readonly reverted?: Reverted
  /** The attempt that was being saved when the host died; seen by `status` alone. */
  readonly unfinished?: { readonly id: string }
}

/** Whether an attempt left something there that a person should know of, also where all rules are as wanted. */
export function needsAttention({ pending, reverted, unfinished }: HostResult): boolean {
  return pending !== undefined || reverted !== undefined || unfinished !== undefined
}

/** Whether a command has nothing left to do at a host. What was held on purpose is what enforce leaves, save what it has taken back itself. */
export function isAsWanted({ outcome, code }: HostResult, command: RunCommand): boolean {
  if (outcome === 'held') return command === 'enforce' && code === 'on-hold'
  return outcome === 'unchanged' || outcome === 'confirmed'
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
  options: { readonly strict: boolean; readonly command: RunCommand },
): number {
  if (results.some((result) => result.code === 'bug')) return 1
  return Math.max(
    0,
    ...results.map((result) => {
      if (result.outcome === 'held') return HELD_EXIT[options.command] ?? EXIT.held
      const warned = options.strict && result.findings.some((finding) => finding.severity === 'warning')
      return Math.max(exitOf(result, options.command), warned || needsAttention(result) ? 3 : 0)
    }),
  )
}

/** A host that is held is what enforce leaves, and what deploy was not to leave. */
const HELD_EXIT: Partial<Record<RunCommand, number>> = { enforce: 0, deploy: 4 }

/** A revert by hand is what `revert` was asked for, and not what the run wanted whose change it was. */
function exitOf({ outcome, code }: HostResult, command: RunCommand): number {
  return command === 'revert' && outcome === 'reverted' && code === 'by-hand' ? 0 : EXIT[outcome]
}
