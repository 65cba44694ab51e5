import type { Connection } from '../model/transport.ts'
import type { AttemptState, PendingAttempt } from '../remote/attempt.ts'
import { recover } from '../remote/attempt.ts'
import { CallError } from '../remote/call.ts'
import type { Examination } from '../remote/examine.ts'
import { examine } from '../remote/examine.ts'
import { findingsOf } from './findings.ts'
import type { Objection } from './objections.ts'
import { findObjection } from './objections.ts'
import type { Plan } from './plan.ts'
import { makePlan } from './plan.ts'
import { foreignPattern } from '../ruleset/foreign.ts'
import type { Visit } from './visit.ts'

const EXAMINE_SECONDS = 60
const RECOVER_SECONDS = 90

export type Look =
  | { readonly kind: 'plan'; readonly plan: Plan; readonly examination: Examination }
  | { readonly kind: 'objection'; readonly objection: Objection; readonly examination: Examination }

/** Examines a host and plans what has to change; changes nothing. What check shows is what deploy does. */
export async function look(visit: Visit, connection: Connection): Promise<Look> {
  visit.step('examine')
  const { host, wanted } = visit.job
  const examination = await examine(connection, wanted, visit.callOptions(EXAMINE_SECONDS))
  visit.forget()
  visit.learn({ findings: findingsOf(examination), generation: examination.generation })
  const objection = findObjection(host, wanted, examination, foreignPattern(host.settings.preserve))
  if (objection !== undefined) return { kind: 'objection', objection, examination }
  const { version } = visit.context.provenance
  const plan = makePlan({ host, wanted, examination, version })
  visit.learn({ families: plan.states })
  return { kind: 'plan', plan, examination }
}

/**
 * An attempt of an earlier run whose guard is gone is settled first; one whose guard lives is left to it. Resolves to
 * the error where the host was asked to settle it and did not tell what it did.
 */
export async function settleEarlierAttempt(
  visit: Visit,
  connection: Connection,
  { examination, plan }: { readonly examination: Examination; readonly plan: Plan },
): Promise<'settled' | 'none' | PendingAttempt | CallError> {
  const { pending, unfinished } = examination
  if (pending === undefined) return unfinished ? settle(visit, connection) : 'none'
  // The next change takes its place; where nothing has to change nobody else would clear it away.
  if (pending.state === 'reverted' && plan.isEmpty) return settle(visit, connection)
  if (FINAL.includes(pending.state)) return 'none'
  return pending.guardAlive && pending.thisBoot ? pending : settle(visit, connection)
}

const FINAL: readonly AttemptState[] = ['confirmed', 'reverted', 'revert-failed']

async function settle(visit: Visit, connection: Connection): Promise<'settled' | CallError> {
  const settled = await recover(connection, visit.callOptions(RECOVER_SECONDS)).catch(unanswered)
  if (settled instanceof CallError) return settled
  const { did, id } = settled
  const what = {
    nothing: 'cleared away',
    reverted: 'reverted now: its guard was gone',
    confirmed: 'finished now: it was confirmed, and the host died before its files were in place',
    rebooted: 'cleared away: the host was rebooted before it was confirmed',
  }[did]
  visit.context.emit({
    event: 'notice',
    host: visit.host.name,
    message: `the attempt ${id} of an earlier run was ${what}`,
  })
  return 'settled'
}

function unanswered(error: unknown): CallError {
  if (error instanceof CallError && error.sent) return error
  throw error
}
