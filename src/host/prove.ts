import type { Connection } from '../model/transport.ts'
import type { Attempt } from './attempt.ts'
import { awaitSession } from './new-session.ts'
import { latestTry } from './reach-anew.ts'
import { clientNow } from './this-machine.ts'
import type { Visit } from './visit.ts'
import type { Stopped, WaysIn } from './ways-in.ts'
import { whatStopped } from './ways-in.ts'

/** Whom the host was seen to let in; over ssh that is ourselves. */
export interface Proved {
  readonly client?: string
}

/** Whether a change may be confirmed over `fresh`, a connection that was made after it, or why it must be taken back. */
export async function prove(
  visit: Visit,
  fresh: Connection,
  attempt: Attempt,
  waysIn: WaysIn | undefined,
): Promise<Proved | Stopped> {
  const stopped = waysIn && (await whatStopped(visit, fresh, waysIn, latestTry(attempt)))
  if (stopped !== undefined) return stopped
  switch (attempt.proof) {
    case 'session':
      return awaitSession(visit, fresh, attempt)
    case 'settings':
      return clientNow(visit, fresh)
    case 'connection':
    case 'manual':
    case 'none':
      return {}
  }
}
