import type { HostContext, Job } from '../host/visit.ts'
import type { Code, HostResult, Outcome } from '../model/outcome.ts'

export type VisitHost = (job: Job, context: HostContext) => Promise<HostResult>

/** A bug strikes one host, and the others are served all the same. */
export async function visitSafely(job: Job, visitHost: VisitHost, context: HostContext): Promise<HostResult> {
  try {
    return await visitHost(job, context)
  } catch (error) {
    context.emit({
      event: 'notice',
      severity: 'warning',
      host: job.host.name,
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
    const what = error instanceof Error ? error.message : String(error)
    return withoutVisit(
      job,
      'unknown',
      'bug',
      `a bug in mailfw ended the work on this host (${what}); a guard that is armed there puts the old rules back, look with mailfw status`,
    )
  }
}

/** The result of a host that was not started. `why` is a clause; that nothing was changed is added. */
export function skipped(job: Job, code: Code, why: string): HostResult {
  return withoutVisit(job, 'skipped', code, `${why}; nothing was changed`)
}

function withoutVisit(job: Job, outcome: Outcome, code: Code, message: string): HostResult {
  return {
    host: job.host.name,
    outcome,
    code,
    message,
    connections: 0,
    seconds: 0,
    families: {},
    findings: [],
  }
}
