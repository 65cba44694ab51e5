import { printable } from '../lib/printable.ts'
import { FAMILIES, FAMILY } from '../model/family.ts'
import { CODES, isOverridable } from '../model/outcome.ts'
import type { Code, HostResult } from '../model/outcome.ts'
import { ConnectError } from '../model/transport.ts'
import type { Undone } from '../remote/attempt.ts'
import { undoneOf } from '../remote/attempt.ts'
import { CallError, Refusal } from '../remote/call.ts'
import type { Status } from '../remote/status.ts'
import { RulesetError } from '../ruleset/parse.ts'
import { unprintable } from './inspect/native-rules.ts'
import { unsafeDirectory } from './inspect/unsafe-directory.ts'
import type { Objection } from './objections.ts'
import { restoreWordsOf } from './refused/words.ts'
import type { Visit } from './visit.ts'

const NOTHING_CHANGED = 'nothing was changed'
const OLD_RULES_BACK = 'the old rules are back'

/** How a host ends whose rules this attempt never touched: the sentence of each error, and the state of the host. */
export function untouched(visit: Visit, error: unknown): HostResult {
  if (error instanceof ConnectError) {
    const { fingerprint, keyScan } = error
    if (error.code === 'stopped') return visit.result('skipped', 'stopped', `interrupted; ${NOTHING_CHANGED}`)
    const jumpHost = visit.context.changing?.jumpHostOf(visit.host.name)
    const over =
      jumpHost === undefined ? '' : `; the way there leads over ${jumpHost}, which this run changes`
    return visit.result('unreachable', error.code, `${error.message}${over}; ${NOTHING_CHANGED}`, {
      ...(fingerprint !== undefined && { fingerprint }),
      ...(keyScan && { keyScan }),
    })
  }
  if (error instanceof CallError) {
    if (error.code === 'stopped')
      return visit.result('failed', 'interrupted', `interrupted; ${NOTHING_CHANGED}`)
    return visit.result('failed', error.code, `${error.message}; ${NOTHING_CHANGED}`)
  }
  if (error instanceof Refusal) {
    // What an earlier run had left, and could not be settled.
    if (NOT_REVERTED.includes(error.code)) return notReverted(visit, error)
    return visit.result('failed', refusalCode(error), `${refusalSentence(error)}; ${NOTHING_CHANGED}`)
  }
  if (error instanceof RulesetError) {
    const sentence = `the rules that the host printed cannot be read: ${quote(error.message)}`
    return visit.result('failed', 'rules-refused', `${sentence}; ${NOTHING_CHANGED}`)
  }
  throw error
}

/** `fix` is a command that fixes it. */
export function failed(visit: Visit, code: Code, sentence: string, fix?: string): HostResult {
  const how = [
    ...(fix === undefined ? [] : [`to mend it: ${fix}`]),
    ...(isOverridable(code) ? [`--allow ${code} overrides it`] : []),
  ]
  return visit.result('failed', code, [sentence, ...how, NOTHING_CHANGED].join('; '), {
    ...(fix !== undefined && { fix }),
  })
}

/** How a host ends that must not be changed as it stands. */
export function objected(visit: Visit, { code, message, fix }: Objection): HostResult {
  return failed(visit, code, message, fix)
}

export function reverted(visit: Visit, code: Code, sentence: string, undone?: Undone): HostResult {
  const rungs = undone?.rungs ?? {}
  const rebuilt = FAMILIES.filter((family) => rungs[family] === 'rebuild').map(
    (family) => FAMILY[family].label,
  )
  const how =
    rebuilt.length === 0 ? '' : `; ${rebuilt.join(' and ')} by rebuild, around rules of other programs`
  return visit.result('reverted', code, `${sentence}${how}; ${OLD_RULES_BACK}`, {
    ...(FAMILIES.some((family) => rungs[family] !== undefined) && { rungs }),
  })
}

/** The rules are not all back, whatever was tried. */
export function notReverted(visit: Visit, { detail, ...refusal }: Refusal): HostResult {
  const undone = refusal.answer && undoneOf(refusal.answer)
  return refusal.code === 'revert-partial'
    ? revertPartial(visit, {
        rungs: undone?.rungs ?? {},
        lost: detail.split('\n').filter((line) => line !== ''),
      })
    : revertFailed(visit, detail)
}

export const NOT_REVERTED: readonly string[] = ['revert-failed', 'revert-partial']

/** As `status` tells of an attempt whose revert failed. */
export function notRevertedYet(visit: Visit, { undone, log }: Status): HostResult {
  return undone !== undefined && undone.lost.length > 0
    ? revertPartial(visit, undone)
    : revertFailed(visit, log)
}

function revertPartial(visit: Visit, { rungs, lost }: Undone): HostResult {
  return visit.result(
    'revert-failed',
    'revert-partial',
    `the host cannot load all of its old rules any more: ${quote(lost.join('\n'))}; the others are back, with SSH from here kept open by a rule of its own until the next deploy if they could drop it; make what is missing again, or deploy`,
    { rungs, lost },
  )
}

export function revertFailed(visit: Visit, detail: string): HostResult {
  return visit.result(
    'revert-failed',
    'revert-incomplete',
    `the old rules could not be put back: ${quote(detail)}; what is live now is a mixture, log in and look at /run/mailfw/attempt (snapshot.v4 and snapshot.v6 are the old rules)`,
  )
}

/** The sentence of a host that was left untouched or put back, for a larger story: without the state that it ends with. */
export function causeOf({ message }: HostResult): string {
  const state = [NOTHING_CHANGED, OLD_RULES_BACK].find((words) => message.endsWith(`; ${words}`))
  return state === undefined ? message : message.slice(0, -`; ${state}`.length)
}

/** The host was asked to finish or undo what an earlier run had left, and its answer is missing. */
export function unsettled(visit: Visit, { code, message }: CallError): HostResult {
  return visit.result(
    'unknown',
    code === 'stopped' ? 'interrupted' : 'no-answer',
    `${message}, while what an earlier run had left was settled; these rules were not sent: look with mailfw status`,
  )
}

/** What host.sh said, as a sentence without the state of the host. */
export function refusalSentence({ code, detail }: Refusal): string {
  switch (code) {
    case 'busy':
      return `another mailfw is at work on the host${attemptPhrase(detail)}`
    case 'not-root':
      return 'the login is not root on the host; become root by sudo with -b'
    case 'no-iptables':
      if (/^ip6tables[\w-]*$/.test(detail.trim()))
        return `there is no ${quote(detail)} on the host, so nothing could filter IPv6, which is on there; install its package (ip6tables on Alpine, else iptables), or switch IPv6 off`
      return /^[\w-]+$/.test(detail.trim())
        ? `there is no ${quote(detail)} on the host; install its package iptables`
        : `iptables cannot be used on the host: ${quote(detail)}`
    case 'native-nft':
      return unprintable(detail)
    case 'host-requirements':
      return `the host lacks programs that are needed: ${quote(detail)}`
    case 'unsafe-directory':
      return unsafeDirectory(detail)
    case 'newer-format':
      return `${quote(detail)} on the host is of a newer mailfw; use that`
    case 'disk-full':
      return `the host could not write its files (is a disk full, or read-only?)${detail === '' ? '' : `: ${quote(detail)}`}`
    case 'live-changed':
      return 'the rules on the host kept changing between the look and the change'
    case 'guard-missing':
      return 'the guard did not start on the host'
    case 'snapshot-refused':
      return `the host's iptables-restore does not accept what its own iptables-save prints: ${quote(detail)}`
    case 'apply-refused':
      return applyRefused(detail)
    case 'iptables-locked':
      return 'another program held the xtables lock of the host'
    case 'iptables-hung':
      return 'iptables-restore on the host did not end within 20 s and was killed'
    case 'not-as-wanted':
      return 'what the host had live afterwards was not what was wanted'
    case 'saved-changed':
      return `somebody changed ${quote(detail)} on the host before the confirmation (iptables-save, netfilter-persistent save, a package, cron?); find out who, then deploy again`
    case 'wrong-state':
      return `the change was not finished on the host: its program was ended there while the attempt was ${quote(detail)}`
    case 'too-late':
      return 'the confirmation came after the deadline'
    case 'way-in-unproven':
      return `expected the new connection to come from another machine, but the host sees ${quote(detail) || 'no address'}, one of its own: it passed none of the new rules, and proves nothing`
    case 'other-address':
      return `the new connection came in at ${quote(detail)} only, and not at the address that was used before the change`
    case 'other-backend-now':
      return `the host's iptables is another one than when the change was made (${quote(detail)}); its rules would not be the ones that filter`
    case 'other-boot':
      return 'the host was rebooted before the confirmation'
    case 'no-attempt':
      return 'the host knows of no attempt'
    case 'other-attempt':
      return `the host is busy with another attempt (${quote(detail)})`
    default:
      return `the host answered ${quote(code)}${detail === '' ? '' : `: ${quote(detail)}`}`
  }
}

function applyRefused(detail: string): string {
  const { extensions, said } = restoreWordsOf(detail)
  return extensions.length === 0
    ? `the host's kernel refused the change: ${said === '' ? quote(detail) : said}`
    : `the host's kernel has no module for the extension ${quote(extensions.join(', '))}`
}

export function refusalCode({ code, detail }: Pick<Refusal, 'code' | 'detail'>): Code {
  if (code === 'apply-refused' && restoreWordsOf(detail).extensions.length > 0) return 'missing-module'
  return CODES.find((known) => known === code) ?? 'apply-refused'
}

const LONGEST_QUOTE = 2_000

export function quote(text: string): string {
  // Cut first: what a host says may be long, and its end is never shown.
  return printable(
    text
      .trim()
      .slice(0, LONGEST_QUOTE)
      .replaceAll(/\s*\n\s*/g, '; '),
    { most: 400 },
  )
}

function attemptPhrase(detail: string): string {
  const [id, state, secondsLeft] = detail.split(' ')
  return id === undefined || state === undefined || secondsLeft === undefined
    ? ''
    : ` (attempt ${quote(id)} is ${quote(state)}, ${quote(secondsLeft)} s until its guard reverts it)`
}
