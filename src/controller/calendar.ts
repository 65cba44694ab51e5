import type { Systemd } from './systemd.ts'
import { SystemdError, wordsOf } from './systemd.ts'

/** What a calendar specification means. */
export interface Calendar {
  /** When it comes next, in systemd's words. */
  readonly next: string
  /** Seconds from that time to the one after it; absent where it comes but once. */
  readonly intervalSeconds?: number
}

/** Asks systemd about a specification as in systemd.time(7). Rejects with SystemdError where it is none, or never comes again. */
export async function readCalendar(specification: string, systemd: Systemd): Promise<Calendar> {
  const words = ['--iterations=2', 'calendar', '--', specification]
  const asked = await systemd.run('systemd-analyze', ...words)
  if (asked.code !== 0) throw new SystemdError(wordsOf(asked))
  const next = /^ *Next elapse: (.*)$/m.exec(asked.stdout)?.[1]
  if (next === undefined || next === 'never')
    throw new SystemdError(`${JSON.stringify(specification)} never comes again`)
  const [first, second] = timesIn(asked.stdout)
  if (first === undefined || second === undefined) return { next }
  return { next, intervalSeconds: (second - first) / 1_000 }
}

/** Runs start within a tenth of the interval, and within a quarter of an hour. */
export function delaySeconds({ intervalSeconds }: Calendar): number {
  return Math.min(MOST_DELAY_SECONDS, Math.round((intervalSeconds ?? Infinity) / 10))
}

const MOST_DELAY_SECONDS = 15 * 60

/** Where the machine has another time zone, a line behind each time says it in UTC. */
function timesIn(text: string): readonly number[] {
  const pattern = /^ *(?:Next elapse|Iter(?:ation|\.) #\d+|\(in UTC\)): \S+ (\S+) (\S+) UTC$/gm
  return [...text.matchAll(pattern)].map(([, date = '', time = '']) => Date.parse(`${date}T${time}Z`))
}
