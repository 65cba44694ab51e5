import { randomBytes } from 'node:crypto'
import type { HostResult } from '../model/outcome.ts'
import type { Connection } from '../model/transport.ts'
import type { Applied } from '../remote/attempt.ts'
import { apply, hasRungs, undoneOf } from '../remote/attempt.ts'
import { CallError, Refusal } from '../remote/call.ts'
import type { Examination } from '../remote/examine.ts'
import type { Attempt } from './attempt.ts'
import { interrupted } from './attempt.ts'
import { confirmAnew } from './confirm-anew.ts'
import {
  failed,
  objected,
  refusalCode,
  refusalSentence,
  reverted,
  NOT_REVERTED,
  notReverted,
  unsettled,
  untouched,
} from './endings.ts'
import type { Goal } from './goal.ts'
import { findBegun } from './find-begun.ts'
import type { Look } from './look.ts'
import { settleEarlierAttempt } from './look.ts'
import { sameMachine } from './machines.ts'
import { PERSON_SECONDS } from './new-session.ts'
import { reachedAfterRevert } from './reached-after-revert.ts'
import { Passage } from './passage.ts'
import type { HostContext, Job } from './visit.ts'
import { Visit } from './visit.ts'
import { proofFor } from './way-in.ts'
import { watchWaysIn } from './ways-in.ts'

const APPLY_SECONDS = 150
const TRIES = 3

/** How long a host may take to begin with what it was sent. The last time it gets longer: one may be slow each time. */
const PATIENCE_MS = 3_000
const LAST_PATIENCE_MS = 15_000

/** What is to become of a host. */
export type Decision =
  /** It must not be touched as it stands. */
  | { readonly kind: 'refuse'; readonly result: HostResult }
  /** Its rules stay; what an earlier attempt has left is settled all the same. */
  | { readonly kind: 'leave'; readonly seen: SeenPlan; readonly result: HostResult }
  | { readonly kind: 'change'; readonly seen: SeenPlan; readonly goal: Goal }

export type SeenPlan = Extract<Look, { readonly kind: 'plan' }>

/** Looks at a host and decides; changes nothing. */
export type Decide = (visit: Visit, connection: Connection) => Promise<Decision>

/**
 * Does what is decided at the sight of a host: apply the plan, and over a new connection confirm it, else revert. Never
 * rejects for the host's sake.
 */
export async function changeHost(job: Job, context: HostContext, decide: Decide): Promise<HostResult> {
  const visit = new Visit(job, context)
  const passage = new Passage(context)
  try {
    for (let tries = 1; ; tries++) {
      visit.step('connect')
      const patienceMs = tries === TRIES ? LAST_PATIENCE_MS : PATIENCE_MS
      const how = { decide, passage, patienceMs }
      const result = await visit.over((connection) => carryOut(visit, connection, how))
      if (result === 'outside') {
        tries--
        const barred = await passage.wait(visit)
        if (barred !== undefined) return barred
        continue
      }
      if (result !== 'never-began') return result
      if (tries === TRIES)
        return failed(visit, 'lost', 'the connection broke each time that the change was sent')
    }
  } catch (error) {
    return untouched(visit, error)
  }
}

interface ChangeOptions {
  readonly decide: Decide
  readonly passage: Passage
  readonly patienceMs: number
}

/** A change that met something unexpected changed nothing: the host is looked at again, up to a bound. */
async function carryOut(
  visit: Visit,
  connection: Connection,
  { decide, passage, patienceMs }: ChangeOptions,
): Promise<HostResult | 'outside' | 'never-began'> {
  for (let tries = 1; ; tries++) {
    const decision = await decide(visit, connection)
    if (decision.kind === 'refuse') return decision.result
    const earlier = await settleEarlierAttempt(visit, connection, decision.seen)
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
    if (decision.kind === 'leave') return decision.result
    const passed = await passage.pass(visit)
    if (passed === 'look') continue
    if (passed !== 'go') return passed
    const result = await change(visit, connection, decision, { mayRepeat: tries < TRIES, patienceMs })
    if (result !== 'again') return result
  }
}

async function change(
  visit: Visit,
  connection: Connection,
  { seen, goal }: { readonly seen: SeenPlan; readonly goal: Goal },
  { mayRepeat, patienceMs }: { readonly mayRepeat: boolean; readonly patienceMs: number },
): Promise<HostResult | 'again' | 'never-began'> {
  const proof = await proofFor(visit, connection, seen.examination, goal)
  if (typeof proof !== 'string') return objected(visit, proof)
  const waysIn = await watchWaysIn(visit, connection, seen.examination, goal)
  const namesake = visit.context.machines.hold(seen.examination.machine, visit.host.name)
  if (namesake) return objected(visit, sameMachine(namesake))
  const attempt = newAttempt(visit, goal, seen, { proof, dialled: connection.address })
  visit.step('apply')
  visit.context.changing?.begin(visit.host.name)
  try {
    const begun = await begin(visit, connection, attempt, { mayRepeat, patienceMs })
    if (typeof begun === 'string' || 'outcome' in begun) return begun
    return await confirmAnew(visit, connection, begun, waysIn)
  } finally {
    visit.context.changing?.end(visit.host.name)
  }
}

/** The attempt as it was applied, or has begun at least; else why it was not. */
async function begin(
  visit: Visit,
  connection: Connection,
  attempt: Attempt,
  { mayRepeat, patienceMs }: { readonly mayRepeat: boolean; readonly patienceMs: number },
): Promise<Attempt | HostResult | 'again' | 'never-began'> {
  try {
    return { ...attempt, applied: await send(visit, connection, attempt) }
  } catch (error) {
    if (error instanceof Refusal) {
      return mayRepeat && REPEATABLE.includes(error.code)
        ? 'again'
        : reachedAfterRevert(visit, attempt.dialled, refused(visit, error))
    }
    if (!(error instanceof CallError)) throw error
    // It may have waited for its turn on this connection.
    if (error.code === 'lost' && !error.sent) return 'never-began'
    if (!error.sent) throw error
    if (error.code === 'stopped') return interrupted(visit, attempt)
    // The change may have ended our own session before the answer came, or have been cut off: a new connection tells.
    return (await findBegun(visit, attempt, patienceMs)) ?? 'never-began'
  }
}

const REPEATABLE: readonly string[] = ['live-changed', 'apply-refused', 'not-as-wanted']

function newAttempt(
  visit: Visit,
  goal: Goal,
  { plan, examination }: SeenPlan,
  way: Pick<Attempt, 'proof' | 'dialled'>,
): Attempt {
  const { confirmSeconds } = visit.host.settings
  const seconds = way.proof === 'session' ? Math.max(confirmSeconds, PERSON_SECONDS) : confirmSeconds
  return {
    id: randomBytes(8).toString('hex'),
    goal,
    plan,
    examination,
    ...way,
    seconds,
    // The host counts from a little later on, so this is on the safe side.
    deadline: performance.now() + seconds * 1000,
    applied: undefined,
  }
}

function send(visit: Visit, connection: Connection, attempt: Attempt): Promise<Applied> {
  const { id, seconds, plan, examination } = attempt
  const {
    families,
    others,
    tables,
    foreign,
    examined,
    expected,
    forward,
    inverse,
    blank,
    claimed,
    savedSums,
    stood,
  } = plan
  return apply(
    connection,
    {
      id,
      seconds,
      families,
      others,
      generation: examination.generation,
      tables,
      foreign,
      examined,
      expected,
      savedSums,
      stood,
      lockOption: lockOption(examination),
      forward,
      inverse,
      blank,
      claimed,
      session: sessionOf(examination),
    },
    visit.callOptions(APPLY_SECONDS),
  )
}

/** Without our own port, which the next connection does not have. */
function sessionOf({ session }: Examination): string {
  return session === undefined
    ? ''
    : `${session.clientAddress} 0 ${session.serverAddress} ${session.serverPort}`
}

/** iptables-restore knows `-w` since 1.6.2. */
function lockOption({ families }: Examination): string {
  const [, major = '0', minor = '0', patch = '0'] =
    /v(\d+)\.(\d+)\.(\d+)/.exec(families.v4?.version ?? families.v6?.version ?? '') ?? []
  return Number(major) * 10_000 + Number(minor) * 100 + Number(patch) >= 10_602 ? '-w 5' : ''
}

function refused(visit: Visit, error: Refusal): HostResult {
  if (NOT_REVERTED.includes(error.code)) return notReverted(visit, error)
  const undone = error.answer && undoneOf(error.answer)
  if (error.code === 'not-as-wanted') return reverted(visit, 'not-as-wanted', refusalSentence(error), undone)
  const result = failed(visit, refusalCode(error), refusalSentence(error))
  return undone && hasRungs(undone) ? { ...result, rungs: undone.rungs } : result
}
