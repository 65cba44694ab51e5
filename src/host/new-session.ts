import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../model/transport.ts'
import type { SshdSession } from '../remote/sessions.ts'
import type { Attempt } from './attempt.ts'
import { secondsLeft } from './attempt.ts'
import { latestTry, MARGIN_SECONDS } from './reach-anew.ts'
import { isFromElsewhere, sessionsNow, written } from './this-machine.ts'
import type { Visit } from './visit.ts'
import type { Stopped } from './ways-in.ts'

/** For a person to open a session, at the least. */
export const PERSON_SECONDS = 120

const PAUSE_MS = 1_000

/** Waits for a new session from another machine, until the deadline or the person's answer. `connection` was made after the change. */
export async function awaitSession(
  visit: Visit,
  connection: Connection,
  attempt: Attempt,
): Promise<Stopped | { readonly client: string }> {
  // What there is by now may have begun under the old rules.
  const before = await sessionsNow(visit, connection)
  if (before === undefined)
    return { code: 'way-in-unproven', sentence: 'this machine did not say who is connected to sshd' }
  const known = new Set(before.sessions.map(({ client }) => client))
  const usual = new Set(before.sessions.filter(isFromElsewhere).map(({ address }) => address))
  const question = ask(visit, attempt)
  try {
    for (;;) {
      const answer = question.answer()
      const now = (await sessionsNow(visit, connection))?.sessions ?? []
      const fresh = now.filter(({ client, isLoggedIn }) => isLoggedIn && !known.has(client))
      const others = fresh.filter(isFromElsewhere)
      const other = others.find(({ address }) => usual.has(address)) ?? others[0]
      // Somebody else may log in meanwhile: an address that is new here needs the person's yes.
      const isSure = answer === 'yes' || usual.size === 0 || usual.has(other?.address ?? '')
      if (other !== undefined && answer !== 'no' && isSure) return { client: written(other.address) }
      if (answer !== undefined || performance.now() + PAUSE_MS >= latestTry(attempt))
        return { code: 'way-in-unproven', sentence: noSession(answer, fresh, attempt) }
      await Promise.race([sleep(PAUSE_MS), question.answered])
    }
  } finally {
    await question.end()
  }
}

interface Question {
  readonly answer: () => 'yes' | 'no' | undefined
  readonly answered: Promise<unknown>
  readonly end: () => Promise<unknown>
}

function ask({ context, host }: Visit, attempt: Attempt): Question {
  const ending = new AbortController()
  let answer: 'yes' | 'no' | undefined
  const seconds = secondsLeft(attempt) - MARGIN_SECONDS
  const asked = context.askForSession?.(host.name, seconds, ending.signal) ?? Promise.resolve(false)
  const answered = asked.then((isYes) => {
    if (!ending.signal.aborted) answer = isYes ? 'yes' : 'no'
  })
  return {
    answer: () => answer,
    answered,
    end: () => {
      ending.abort()
      return answered
    },
  }
}

function noSession(
  answer: 'yes' | 'no' | undefined,
  fresh: readonly SshdSession[],
  { seconds }: Attempt,
): string {
  if (answer === 'no') return 'no new SSH session was opened: the answer was no'
  const given = answer === 'yes' ? 'the answer was yes' : `${seconds} s were given`
  const other = fresh.find(isFromElsewhere)
  const found =
    other !== undefined
      ? `nobody said that the one from ${written(other.address)} is theirs`
      : fresh.length > 0
        ? 'the only new one comes from an address of its own'
        : 'sshd has no new one in which somebody logged in'
  return `expected a new SSH session from another machine, and ${given}, but ${found}`
}
