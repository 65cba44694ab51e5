import type { Family, OtherFamily } from '../model/family.ts'
import { FAMILIES } from '../model/family.ts'
import type { Rung } from '../model/outcome.ts'
import { RUNGS } from '../model/outcome.ts'
import type { Connection } from '../model/transport.ts'
import type { Answer } from './answer.ts'
import { field } from './answer.ts'
import type { CallOptions } from './call.ts'
import { call, notOurs } from './call.ts'
import { places } from './places.ts'
import type { KeptReceipt } from './receipts.ts'
import { receiptsOf } from './receipts.ts'
import type { RevertedBy } from './reverted-by.ts'
import { revertedByOf } from './reverted-by.ts'

export const ATTEMPT_STATES = [
  'prepared',
  'armed',
  'applied',
  'confirming',
  'confirmed',
  'reverted',
  'revert-failed',
] as const

export type AttemptState = (typeof ATTEMPT_STATES)[number]

/** An attempt as the host tells of it. */
export interface PendingAttempt {
  readonly id: string
  readonly state: AttemptState
  /** Until its guard reverts; negative when the deadline has passed. */
  readonly secondsLeft: number
  readonly guardAlive: boolean
  readonly thisBoot: boolean
}

/** Texts of one attempt, for the families that are on at the host; with a take-over also of the other backend. */
export type FamilyTexts = Partial<Record<Family | OtherFamily, string>>

/** The normal form of the touched tables of all families, a fact a line, and its SHA-256. */
export interface Facts {
  readonly text: string
  readonly sum: string
}

export interface ApplyRequest {
  readonly id: string
  /** Seconds until the guard reverts. */
  readonly seconds: number
  readonly families: readonly Family[]
  /** What it touches in the other backend. */
  readonly others: readonly OtherFamily[]
  /** The newest generation that was examined; where there is another one by now, nothing is changed. */
  readonly generation: number | undefined
  /** The tables that are touched, such as `v4:filter`; all that is compared. */
  readonly tables: readonly string[]
  /** The pattern of foreign lines. */
  readonly foreign: string
  /** The facts of what was examined; where live has others by now, nothing is changed. */
  readonly examined: string
  /** The facts of what shall be live; `any` where they cannot be known before. */
  readonly expected: Facts | 'any'
  /** For the receipt: rules of other programs that ours have too, as `FAMILY TABLE RULE`. */
  readonly stood: readonly string[]
  /** SHA-256 of the saved files that were examined, empty if there was none; if one differs, nothing is changed. */
  readonly savedSums: FamilyTexts
  /** What makes iptables-restore wait for the lock, such as `-w 5`; empty for versions that do not know it. */
  readonly lockOption: string
  readonly forward: FamilyTexts
  readonly inverse: FamilyTexts
  /** The touched tables, empty: what an absent one is restored to. */
  readonly blank: FamilyTexts
  /** Rules that are ours although `foreign` matches them, as `TABLE RULE`. */
  readonly claimed: FamilyTexts
  /** Our SSH session as the host sees it, as in SSH_CONNECTION: a revert that lost rules keeps its way open. Empty where sshd did not tell. */
  readonly session: string
}

export interface Applied {
  /** Hash of the normal form of live, read back. */
  readonly live: string
  readonly secondsLeft: number
  /** What is live, where `expected` was `any`. */
  readonly texts: FamilyTexts
}

/** Arms the guard and changes the rules. Rejects with Refusal where nothing is changed in the end. */
export async function apply(
  connection: Connection,
  request: ApplyRequest,
  options: CallOptions,
): Promise<Applied> {
  const {
    id,
    seconds,
    families,
    generation,
    tables,
    foreign,
    examined,
    expected,
    savedSums,
    lockOption,
    session,
  } = request
  const all = [...families, ...request.others]
  const answer = await call(
    connection,
    'apply',
    {
      values: [
        ['id', id],
        ['seconds', String(seconds)],
        ['families', families.join(' ')],
        ['generation', generation === undefined ? '' : String(generation)],
        ['tables', tables.join(' ')],
        ['foreign', foreign],
        ['expected', sumOf(expected)],
        ['lock-option', lockOption],
        ...families.map((family) => [`saved-${family}`, savedSums[family] ?? ''] as const),
        ['session', session],
        ...places(),
      ],
      texts: named('forward_', all, request.forward),
      files: {
        examined,
        stood: request.stood.map((line) => `stood=${line}\n`).join(''),
        ...(expected === 'any' ? {} : { expected: expected.text }),
        ...named('inverse.', all, request.inverse),
        ...named('blank.', all, request.blank),
        ...named('claimed.', all, request.claimed),
      },
    },
    options,
  )
  const [live = '', secondsLeft = '0'] = field(answer, 'applied') ?? []
  if (!isSum(live) || (expected !== 'any' && live !== expected.sum)) throw notOurs()
  return { live, secondsLeft: Number(secondsLeft), texts: liveTexts(answer) }
}

export interface ConfirmRequest {
  readonly id: string
  readonly families: readonly Family[]
  /** What live must be; `any` where only what was applied can be compared. */
  readonly expected: Facts | 'any'
  readonly wanted: FamilyTexts
  readonly canonical: FamilyTexts
  /** What the canonical texts depend on, for using them again. */
  readonly facts: string
  readonly receipt: string
  /** What the boot loader will find: the wanted rules, or the saved files as they were before mailfw. */
  readonly persists: 'rules' | 'first'
  /**
   * The host refuses unless this session passed its rules and came in at this address of it; empty if nothing has to be
   * proved.
   */
  readonly enteredAt: string
}

export interface Receipt {
  readonly live: string
  readonly generation: number
  /** Our address as the host saw it; absent where sshd did not tell. */
  readonly clientAddress?: string
  /** What the host keeps, if it was confirmed before. */
  readonly kept?: KeptReceipt
  /** The newest generation, if another one was made since. */
  readonly newest?: number
}

/** Persists an attempt. Only a receipt is success; where the call rejects without a Refusal, `readStatus` tells. */
export async function confirm(
  connection: Connection,
  request: ConfirmRequest,
  options: CallOptions,
): Promise<Receipt> {
  const { id, families, expected, facts, receipt, persists, enteredAt } = request
  const answer = await call(
    connection,
    'confirm',
    {
      values: [
        ['id', id],
        ['families', families.join(' ')],
        ['expected', sumOf(expected)],
        ['persist', persists],
        ['entered-at', enteredAt],
        ...places(),
      ],
      files: {
        ...named('rules.', families, request.wanted),
        ...named('canonical.', families, request.canonical),
        facts,
        receipt,
      },
    },
    options,
  )
  const [live = '', generation = ''] = field(answer, 'confirmed') ?? []
  if (!isSum(live) || !/^[1-9]\d{0,8}$/.test(generation)) throw notOurs()
  const clientAddress = field(answer, 'ssh')?.[0]
  const [kept] = receiptsOf(answer)
  const newest = field(answer, 'newest')?.[0]
  return {
    live,
    generation: Number(generation),
    ...(kept && { kept }),
    ...(newest !== undefined && newest !== generation && { newest: wholeNumber(newest) }),
    ...(clientAddress === undefined || clientAddress === '' ? {} : { clientAddress }),
  }
}

/** How the old rules came back. */
export interface Undone {
  readonly rungs: Partial<Record<Family, Rung>>
  /** Lines of the old rules that could not be loaded. */
  readonly lost: readonly string[]
}

/**
 * Puts the old rules back. Resolves when they were compared with the snapshot, or were put back before: `revertedBy`
 * tells by whom. `by` is who asks: the run that made the attempt, or a person.
 */
export async function revert(
  connection: Connection,
  { id, by }: { readonly id: string; readonly by: 'run' | `hand ${string}` },
  options: CallOptions,
): Promise<Undone & { readonly revertedBy?: RevertedBy }> {
  const answer = await call(
    connection,
    'revert',
    {
      values: [
        ['id', id],
        ['by', by],
      ],
    },
    options,
  )
  if (field(answer, 'reverted') === undefined) throw notOurs()
  const revertedBy = revertedByOf(answer.texts.get('reverted-by'))
  return { ...undoneOf(answer), ...(revertedBy && { revertedBy }) }
}

/** Whether anything was undone, or could not be. */
export function hasRungs({ rungs, lost }: Undone): boolean {
  return Object.keys(rungs).length > 0 || lost.length > 0
}

export function undoneOf(answer: Answer): Undone {
  const rungs = FAMILIES.flatMap((family) => {
    const rung = RUNGS.find((known) => known === field(answer, 'rung', family)?.[0])
    return rung === undefined ? [] : [[family, rung] as const]
  })
  const lost = (answer.texts.get('lost') ?? '').split('\n').filter((line) => line !== '')
  return { rungs: Object.fromEntries(rungs), lost }
}

/**
 * Keeps an attempt from beginning that has not begun, however late it arrives. Resolves to whether it has begun, or to
 * `rebooted` if the host is not in `bootId` any more.
 */
export async function cancel(
  connection: Connection,
  { id, bootId }: { readonly id: string; readonly bootId: string },
  options: CallOptions,
): Promise<'begun' | 'cancelled' | 'rebooted'> {
  const answer = await call(connection, 'cancel', { values: [['id', id]] }, options)
  if (field(answer, 'boot')?.[0] !== bootId) return 'rebooted'
  if (field(answer, 'begun') !== undefined) return 'begun'
  if (field(answer, 'cancelled') === undefined) throw notOurs()
  return 'cancelled'
}

/** What `recover` did with what an earlier attempt had left. */
export type Recovered = 'nothing' | 'reverted' | 'confirmed' | 'rebooted'

/** `person`: in whose name. */
export async function recover(
  connection: Connection,
  person: string,
  options: CallOptions,
): Promise<{ did: Recovered; id: string; undone: Undone }> {
  const answer = await call(connection, 'recover', { values: [['by', `recovery ${person}`]] }, options)
  const [did, id = ''] = field(answer, 'recovered') ?? []
  if (did === undefined) throw notOurs()
  return {
    did: did === 'reverted' || did === 'confirmed' || did === 'rebooted' ? did : 'nothing',
    id,
    undone: undoneOf(answer),
  }
}

export function parsePending(fields: readonly string[] | undefined): PendingAttempt | undefined {
  if (fields === undefined) return undefined
  const [id = '', name, secondsLeft = '0', guard, boot] = fields
  const state = ATTEMPT_STATES.find((known) => known === name) ?? 'prepared'
  return {
    id,
    state,
    secondsLeft: wholeNumber(secondsLeft),
    guardAlive: guard === 'alive',
    thisBoot: boot === 'this-boot',
  }
}

/** A host may say anything; what is no number of seconds counts as none. */
export function wholeNumber(text: string): number {
  return /^-?[0-9]{1,10}$/.test(text) ? Number(text) : 0
}

/** SHA-256 in hexadecimal. */
function isSum(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}

function sumOf(expected: Facts | 'any'): string {
  return expected === 'any' ? 'any' : expected.sum
}

function named(
  prefix: string,
  families: readonly (Family | OtherFamily)[],
  texts: FamilyTexts,
): Record<string, string> {
  return Object.fromEntries(families.map((family) => [`${prefix}${family}`, texts[family] ?? '']))
}

function liveTexts(answer: Answer): FamilyTexts {
  return Object.fromEntries(
    FAMILIES.flatMap((family) => {
      const text = answer.texts.get(`live-${family}`)
      return text === undefined ? [] : [[family, `${text}\n`]]
    }),
  )
}
