import type { HostResult } from '../model/outcome.ts'
import type { Connection } from '../model/transport.ts'
import { recover } from '../remote/attempt.ts'
import { CallError, Refusal } from '../remote/call.ts'
import { readStatus } from '../remote/status.ts'
import { RulesetError } from '../ruleset/parse.ts'
import type { Attempt } from './attempt.ts'
import { otherMachine } from './attempt.ts'
import { confirmed, receiptFrom } from './confirmed.ts'
import type { Look } from './look.ts'
import { look } from './look.ts'
import { byWhom, personOf, revertedBefore } from './reverted-by.ts'
import type { Visit } from './visit.ts'

const RECOVER_SECONDS = 90
const STATUS_SECONDS = 30

/**
 * How an attempt ended that was not confirmed, and of which the host knows no more: after a reboot the files tell.
 * `why` is how we learned of it.
 */
export async function vanished(
  visit: Visit,
  connection: Connection,
  attempt: Attempt,
  why: string,
): Promise<HostResult> {
  try {
    const seen = await look(visit, connection, attempt.goal)
    if (seen.examination.bootId === attempt.examination.bootId)
      return await ofThisBoot(visit, connection, attempt, why)
    if (!wasRebooted(attempt, seen)) {
      // What was seen of the other one is not this host's.
      visit.forget()
      visit.learn({ families: attempt.plan.states, generation: attempt.examination.generation })
      return otherMachine(visit, attempt)
    }
    return seen.examination.unfinished ? await finish(visit, connection, attempt) : rebooted(visit)
  } catch (error) {
    if (error instanceof CallError || error instanceof Refusal || error instanceof RulesetError) {
      return unguarded(visit, why)
    }
    throw error
  }
}

/** Another run has settled it, or taken its place. */
async function ofThisBoot(
  visit: Visit,
  connection: Connection,
  attempt: Attempt,
  why: string,
): Promise<HostResult> {
  const { id } = attempt
  const { confirmation, generation, past } = await readStatus(
    connection,
    visit.callOptions(STATUS_SECONDS),
    id,
  )
  if (confirmation) return confirmed(visit, attempt, receiptFrom(confirmation, generation))
  if (past === undefined) return unguarded(visit, why)
  const by = past.revertedBy
  return revertedBefore(visit, by, `attempt ${id} was reverted${byWhom(by)}; ${why}`)
}

/** The same machine, up for less time than since it was examined; its host key was compared when we connected. */
function wasRebooted({ examination }: Attempt, seen: Look): boolean {
  const { machineId, uptimeSeconds } = seen.examination
  return machineId === examination.machineId && uptimeSeconds * 1000 <= Date.now() - examination.askedAt
}

/** The host died while the files were moved into place: either none was, or both are by now. */
async function finish(visit: Visit, connection: Connection, attempt: Attempt): Promise<HostResult> {
  const { did, id } = await recover(
    connection,
    personOf(visit.context.provenance),
    visit.callOptions(RECOVER_SECONDS),
  )
  if (did !== 'confirmed' || id !== attempt.id) return rebooted(visit)
  return isAsWanted(await look(visit, connection, attempt.goal))
    ? visit.result(
        'confirmed',
        'deployed',
        'changed and confirmed; the host was rebooted while its saved files were moved, came up with the new rules, and has both files now',
      )
    : visit.result(
        'unknown',
        'no-answer',
        'the host was rebooted while its saved files were moved: both are the new ones now, but it came up before that with rules that are not all of them; deploy once more',
      )
}

function isAsWanted(seen: Look): boolean {
  return seen.kind === 'plan' && seen.plan.isEmpty
}

function rebooted(visit: Visit): HostResult {
  return visit.result(
    'reverted',
    'rebooted',
    'the host was rebooted before the confirmation: live is what it loads at boot, which was not changed',
  )
}

/** The attempt and its guard are gone, and no reboot has taken them. */
function unguarded(visit: Visit, why: string): HostResult {
  return visit.result('unknown', 'no-answer', `${why}, nor is its guard there; look with mailfw status`)
}
