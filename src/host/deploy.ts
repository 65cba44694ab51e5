import { randomBytes } from 'node:crypto'
import type { HostResult } from '../model/outcome.ts'
import type { Connection } from '../model/transport.ts'
import type { Applied } from '../remote/attempt.ts'
import { apply } from '../remote/attempt.ts'
import { CallError, Refusal } from '../remote/call.ts'
import type { Examination } from '../remote/examine.ts'
import type { Attempt } from './attempt.ts'
import { interrupted } from './attempt.ts'
import { unchanged } from './check.ts'
import { confirmAnew } from './confirm-anew.ts'
import { hasBegun } from './has-begun.ts'
import {
  failed,
  refusalCode,
  refusalSentence,
  reverted,
  revertFailed,
  unsettled,
  untouched,
} from './endings.ts'
import { look, settleEarlierAttempt } from './look.ts'
import type { Plan } from './plan.ts'
import { watchSecondFamily } from './second-family.ts'
import type { HostContext, Job } from './visit.ts'
import { Visit } from './visit.ts'

const APPLY_SECONDS = 150
const TRIES = 3

/**
 * Makes one host as wanted: examine, plan, apply, and over a new connection confirm, else revert. Never rejects for
 * the host's sake.
 */
export async function deployHost(job: Job, context: HostContext): Promise<HostResult> {
  const visit = new Visit(job, context)
  try {
    for (let tries = 1; ; tries++) {
      visit.step('connect')
      const result = await visit.over((connection) => changeIfNeeded(visit, connection))
      if (result !== 'never-began') return result
      if (tries === TRIES)
        return failed(visit, 'lost', 'the connection broke each time that the change was sent')
    }
  } catch (error) {
    return untouched(visit, error)
  }
}

/** A change that met something unexpected changed nothing: the host is examined again, up to a bound. */
async function changeIfNeeded(visit: Visit, connection: Connection): Promise<HostResult | 'never-began'> {
  for (let tries = 1; ; tries++) {
    const seen = await look(visit, connection)
    if (seen.kind === 'objection') {
      const { code, message, fix } = seen.objection
      return failed(visit, code, message, fix)
    }
    const earlier = await settleEarlierAttempt(visit, connection, seen)
    if (earlier instanceof CallError) return unsettled(visit, earlier)
    if (earlier === 'settled') {
      if (tries < TRIES) continue
      return failed(
        visit,
        'busy',
        'what an earlier run left on the host is there again each time that it is settled',
      )
    }
    if (earlier !== 'none') {
      const { id, state, secondsLeft } = earlier
      return failed(
        visit,
        'busy',
        `an attempt of another run is pending on the host (attempt ${id} is ${state}, ${secondsLeft} s until its guard reverts it); run again after that, or decide by hand: mailfw status names the commands`,
      )
    }
    if (seen.plan.isEmpty) return unchanged(visit)
    const result = await change(visit, connection, seen.plan, seen.examination, tries < TRIES)
    if (result !== 'again') return result
  }
}

async function change(
  visit: Visit,
  connection: Connection,
  plan: Plan,
  examination: Examination,
  mayRepeat: boolean,
): Promise<HostResult | 'again' | 'never-began'> {
  const attempt = newAttempt(visit, plan, examination)
  const secondFamily = await watchSecondFamily(visit, connection)
  visit.step('apply')
  try {
    const applied = await send(visit, connection, attempt)
    return await confirmAnew(visit, connection, { ...attempt, applied }, secondFamily)
  } catch (error) {
    if (error instanceof Refusal) {
      return mayRepeat && REPEATABLE.includes(error.code) ? 'again' : refused(visit, error)
    }
    if (!(error instanceof CallError) || !error.sent) throw error
    if (error.code === 'stopped') return interrupted(visit, attempt)
    // The change may have ended our own session before the answer came, or have been cut off: a new connection tells.
    if (!(await hasBegun(visit, attempt))) return 'never-began'
    return confirmAnew(visit, connection, attempt, secondFamily)
  }
}

const REPEATABLE: readonly string[] = ['live-changed', 'apply-refused', 'not-as-wanted']

function newAttempt(visit: Visit, plan: Plan, examination: Examination): Attempt {
  const seconds = visit.host.settings.confirmSeconds
  return {
    id: randomBytes(8).toString('hex'),
    plan,
    examination,
    seconds,
    // The host counts from a little later on, so this is on the safe side.
    deadline: performance.now() + seconds * 1000,
    applied: undefined,
  }
}

function send(visit: Visit, connection: Connection, attempt: Attempt): Promise<Applied> {
  const { id, seconds, plan, examination } = attempt
  const { families, tables, foreign, examined, expected, forward, inverse, blank, claimed } = plan
  return apply(
    connection,
    {
      id,
      seconds,
      families,
      tables,
      foreign,
      examined,
      expected,
      lockOption: lockOption(examination),
      forward,
      inverse,
      blank,
      claimed,
    },
    visit.callOptions(APPLY_SECONDS),
  )
}

/** iptables-restore knows `-w` since 1.6.2. */
function lockOption({ families }: Examination): string {
  const [, major = '0', minor = '0', patch = '0'] =
    /v(\d+)\.(\d+)\.(\d+)/.exec(families.v4?.version ?? families.v6?.version ?? '') ?? []
  return Number(major) * 10_000 + Number(minor) * 100 + Number(patch) >= 10_602 ? '-w 5' : ''
}

function refused(visit: Visit, error: Refusal): HostResult {
  if (error.code === 'revert-failed') return revertFailed(visit, error.detail)
  if (error.code === 'not-as-wanted') return reverted(visit, 'not-as-wanted', refusalSentence(error))
  return failed(visit, refusalCode(error), refusalSentence(error))
}
