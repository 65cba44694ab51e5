import type { HostResult } from '../model/outcome.ts'
import type { Connection } from '../model/transport.ts'
import { untouched } from './endings.ts'
import type { HostContext, Job } from './visit.ts'
import { Visit } from './visit.ts'

/** A story that one connection tells. Never rejects for the host's sake: nothing was changed then. */
export async function oneVisit(
  job: Job,
  context: HostContext,
  story: (visit: Visit, connection: Connection) => Promise<HostResult>,
): Promise<HostResult> {
  const visit = new Visit(job, context)
  try {
    visit.step('connect')
    return await visit.over((connection) => story(visit, connection))
  } catch (error) {
    return untouched(visit, error)
  }
}
