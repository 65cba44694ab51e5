import type { Case } from '../cases.ts'
import type { Ending, ReportedHost } from '../deploy-run.ts'
import type { Look } from './look.ts'
import type { Expectation, Which } from './state.ts'
import { areWhole, describeLive, foreignProblems, whichLive, whichSaved } from './state.ts'

/** What was seen of one case while its fault lasted. */
export interface Course {
  /** Whether the host came to the step. */
  readonly wasReached: boolean
  /** Whether the fault happened there: without it the case shows nothing. */
  readonly hasStruck: boolean
  /** Why not, if that is known. */
  readonly missed?: string
  readonly ending: Ending
  /** Processes that are still there when nothing of a run should be. */
  readonly stragglers: readonly string[]
  readonly after: Look
  /** What is on the other machine of the case, if it was changed. */
  readonly bystander?: string
}

/** The run after that, which nothing disturbs. */
export interface NextRun {
  /** What it found: nothing moves on a host between two phases. */
  readonly found: Look
  readonly reported: ReportedHost | undefined
  readonly after: Look
}

/** What is wrong after the run, a sentence each. */
export function judgeRun(tried: Case, expectation: Expectation, course: Course): readonly string[] {
  const { after, ending, stragglers, wasReached, hasStruck, missed = '' } = course
  const live = whichLive(tried, expectation, after)
  const saved = whichSaved(tried, expectation, after)
  return [
    ...(wasReached ? [] : ['the step was never reached']),
    ...(hasStruck || !wasReached ? [] : [`the fault never happened ${missed}`.trim()]),
    ...(course.bystander === undefined ? [] : [`another machine was changed:\n${course.bystander}`]),
    ...judgeState(tried, expectation, after, live, saved),
    ...(after.isReachable || isShutByAdmin(tried, live)
      ? []
      : [`no new SSH connection gets in: ${after.sshSaid}`]),
    ...stragglers.map((command) => `a process is left: ${command}`),
    ...(GUARDED.includes(after.attempt ?? '') ? [`an attempt is left in ${after.attempt ?? ''}`] : []),
    ...judgeOutcome(tried, ending, live, saved),
  ]
}

/** What is wrong after a reboot: the saved rules are live, and nothing else is. */
export function judgeReboot(tried: Case, expectation: Expectation, after: Look): readonly string[] {
  const saved = whichSaved(tried, expectation, after)
  const live = whichLive(tried, expectation, after, true)
  return [
    ...(after.isReachable ? [] : [`no new SSH connection gets in after a reboot: ${after.sshSaid}`]),
    ...(saved === 'torn' && !isUnfinished(tried, expectation, after)
      ? ['the saved files are neither old nor new after a reboot']
      : []),
    ...(live === saved || saved === 'torn' ? [] : [`saved is ${saved}, but after a reboot live is ${live}`]),
  ]
}

/** What is wrong after the next run: it has to make all as wanted, clear up, and tell. */
export function judgeNextRun(
  tried: Case,
  expectation: Expectation,
  { found, reported, after }: NextRun,
): readonly string[] {
  const isBooted = tried.rebootsFirst || tried.fault.reboots === true
  const live = whichLive(tried, expectation, after, isBooted)
  const saved = whichSaved(tried, expectation, after)
  const wasTold = reported?.findings.some(({ code }) => code === 'former-revert') === true
  return [
    ...(reported !== undefined && ['confirmed', 'unchanged'].includes(reported.outcome)
      ? []
      : [`the next run ended ${reported?.outcome ?? 'without a result'}: ${reported?.message ?? ''}`]),
    ...(live === 'wanted' ? [] : [`after the next run live is ${live}`]),
    ...(saved === 'wanted' ? [] : [`after the next run saved is ${saved}`]),
    ...(after.isReachable ? [] : [`no new SSH connection gets in after the next run: ${after.sshSaid}`]),
    ...(isBooted ? [] : foreignProblems(tried, expectation, after)),
    ...after.leftovers.map((path) => `after the next run there is still ${path}`),
    ...(found.attempt === 'state.reverted' && !wasTold ? ['the next run did not tell of the revert'] : []),
  ]
}

const GUARDED = ['state.prepared', 'state.armed', 'state.applied', 'state.confirming']

function judgeState(
  tried: Case,
  expectation: Expectation,
  after: Look,
  live: Which,
  saved: Which,
): readonly string[] {
  if (isUnfinished(tried, expectation, after)) return []
  return [
    ...(live === 'torn' ? [`live is neither old nor new:\n${describeLive(tried, after)}`] : []),
    ...(saved === 'torn' ? ['the saved files are neither old nor new'] : []),
    ...(live !== saved && live !== 'torn' && saved !== 'torn'
      ? [`live is ${live}, but saved is ${saved}`]
      : []),
    ...(tried.fault.reboots === true ? [] : foreignProblems(tried, expectation, after)),
  ]
}

/**
 * Whether the host died between the two files: the only time when they may be of different attempts, until the next contact has
 * finished them. What was loaded at that boot stays mixed until something is deployed.
 */
function isUnfinished(tried: Case, expectation: Expectation, after: Look): boolean {
  const { step, fault } = tried
  return (
    fault.reboots === true &&
    step.name === 'between-files' &&
    areWhole(tried, expectation, after) &&
    (after.hasIntent || whichSaved(tried, expectation, after) === 'wanted')
  )
}

/** Whether the admin's own flush took the rules that let anybody in, below a policy that drops. */
function isShutByAdmin({ fault, step }: Case, live: Which): boolean {
  return fault.allows?.flushes === true && step.isCompared && live === 'wanted'
}

function judgeOutcome(tried: Case, ending: Ending, live: Which, saved: Which): readonly string[] {
  const { host, code } = ending
  const allows = tried.fault.allows ?? {}
  if (host === undefined) {
    const diesWithIt = tried.fault.reboots === true && tried.kind.way === 'itself'
    return allows.noOutcome === true || diesWithIt
      ? []
      : [`the run told nothing (exit code ${String(code)}): ${ending.stderr}`]
  }
  const { outcome, message } = host
  const told = `${outcome} (${host.code}): ${message}`
  const isOld = live === 'old' && saved === 'old'
  const isWanted = live === 'wanted' && saved === 'wanted'
  const lies: Readonly<Record<string, boolean>> = {
    confirmed: !isWanted,
    unchanged: !(isWanted && allows.otherRun === true),
    // Another run may have deployed the same after that.
    reverted: !(isOld || (isWanted && allows.otherRun === true)),
    failed: !(isOld || allows.otherRun === true),
    unreachable: !(isOld || allows.otherRun === true),
    'revert-failed': allows.revertFailed !== true,
    unknown: !((allows.unknown === true && tried.step.isSent) || live === 'torn'),
  }
  return [
    ...((lies[outcome] ?? true) ? [`it said ${told}; but live is ${live} and saved is ${saved}`] : []),
    ...(EXIT_CODES[outcome] === code ? [] : [`it ended with ${String(code)} after ${told}`]),
    ...(tried.fault.mustSucceed === true && outcome !== 'confirmed'
      ? [`it should have succeeded, but ${told}`]
      : []),
  ]
}

const EXIT_CODES: Readonly<Record<string, number>> = {
  unchanged: 0,
  confirmed: 0,
  failed: 4,
  unreachable: 4,
  reverted: 5,
  unknown: 6,
  'revert-failed': 6,
}
