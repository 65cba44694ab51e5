import type { Generation, HostResult, Pending, Reverted } from '../model/outcome.ts'
import type { Undone } from '../remote/attempt.ts'
import type { KnownAttempt, Status } from '../remote/status.ts'
import { generationFrom } from './generation.ts'
import { quote } from './endings.ts'
import { byWhom } from './reverted-by.ts'
import { guardLog } from './guard-log.ts'

/** What attempts have left on a host, for its result. */
export interface Standing extends Pick<HostResult, 'pending' | 'reverted' | 'unfinished' | 'rungs' | 'lost'> {
  readonly generation?: Generation
  /** The last attempt was to be undone, and that could not be done. */
  readonly revertFailed: boolean
  /** What there is to say of it; absent where nobody has to know. */
  readonly sentence?: string
}

/** `now`: our own clock when the host answered, in milliseconds. */
export function standingOf(status: Status, now: number): Standing {
  return {
    ...generationOf(status),
    revertFailed: false,
    ...(status.pending === undefined ? {} : standingOfAttempt(status.pending, status, now)),
    ...unfinishedOf(status),
  }
}

function generationOf({ generation, receipt }: Status): Pick<Standing, 'generation'> {
  if (generation === undefined) return {}
  return { generation: receipt === undefined ? { n: generation } : generationFrom(receipt) }
}

function unfinishedOf({ unfinished }: Status): Pick<Standing, 'unfinished' | 'sentence'> {
  return unfinished === undefined
    ? {}
    : {
        unfinished: { id: unfinished },
        sentence: `the host died while attempt ${unfinished} was being saved, which the next deploy finishes or undoes`,
      }
}

function standingOfAttempt(
  attempt: KnownAttempt,
  { log, undone, revertedBy }: Status,
  now: number,
): Partial<Standing> {
  const { id, state, thisBoot } = attempt
  if (!thisBoot) {
    return { sentence: `the host was rebooted since attempt ${id}, which the next deploy clears away` }
  }
  switch (state) {
    case 'prepared':
    case 'armed':
    case 'applied':
    case 'confirming':
      return { pending: pendingOf(attempt), sentence: pendingSentence(attempt) }
    case 'confirmed':
      return {}
    case 'reverted': {
      const reverted = revertOf(attempt, log, now)
      const sentence = `attempt ${id} was reverted at ${reverted.at}${byWhom(revertedBy)}`
      return { reverted, ...rungsOf(undone), sentence }
    }
    case 'revert-failed': {
      const reverted = revertOf(attempt, log, now)
      if (undone === undefined || undone.lost.length === 0) {
        const sentence = `attempt ${id} could not be reverted at ${reverted.at}: some of its rules may still be live`
        return { reverted, revertFailed: true, sentence }
      }
      const sentence = `attempt ${id} was reverted at ${reverted.at} without what the host could not load: ${quote(undone.lost.join('\n'))}`
      return { reverted, revertFailed: true, ...rungsOf(undone), lost: undone.lost, sentence }
    }
  }
}

function rungsOf(undone: Undone | undefined): Pick<Standing, 'rungs'> {
  return undone === undefined ? {} : { rungs: undone.rungs }
}

/** A guard that is gone counts no seconds, whatever is left of them. */
export function pendingOf({ id, secondsLeft, guardAlive }: KnownAttempt): Pending {
  return { id, secondsLeft: guardAlive ? Math.max(0, secondsLeft) : Math.min(0, secondsLeft) }
}

function pendingSentence({ id, state, secondsLeft, guardAlive }: KnownAttempt): string {
  const when = secondsLeft > 0 ? `in ${secondsLeft} s` : 'now'
  if (state === 'confirming') {
    return guardAlive
      ? `attempt ${id} is being confirmed`
      : `attempt ${id} was confirmed, and whoever was saving it died; the next deploy finishes that`
  }
  if (!guardAlive) {
    return `attempt ${id} is ${state}, nobody confirmed it, and its guard is gone; the next deploy puts the old rules back`
  }
  return state === 'applied'
    ? `attempt ${id} is applied and waits to be confirmed; its guard puts the old rules back ${when}`
    : `attempt ${id} is being applied by a run; its guard puts the old rules back ${when}`
}

/** Where a full disk kept the guard from writing, the deadline is when it acted. */
function revertOf({ id, secondsLeft, uptimeSeconds }: KnownAttempt, log: string, now: number): Reverted {
  const atUptime = (uptime: number): string =>
    new Date(Math.round(now / 1_000 - uptimeSeconds + uptime) * 1_000).toISOString().replace('.000Z', 'Z')
  const { text, last } = guardLog(log, atUptime)
  return { id, at: atUptime(last ?? uptimeSeconds + Math.min(0, secondsLeft)), log: text }
}
