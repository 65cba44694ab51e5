import type { Job } from '../host/visit.ts'
import type { HostResult } from '../model/outcome.ts'

export interface Conversation {
  readonly check: (jobs: readonly Job[]) => Promise<readonly HostResult[]>
  /** `released`: the names of those that are held, and were said to be released; `planned`: what was shown of each, by its name. */
  readonly deploy: (
    jobs: readonly Job[],
    how: {
      readonly released: ReadonlySet<string>
      readonly planned: ReadonlyMap<string, HostResult>
    },
  ) => Promise<readonly HostResult[]>
  /** In how many batches these would be changed. */
  readonly batches: (jobs: readonly Job[]) => number
  /** Shows what would change. */
  readonly show: (planned: readonly HostResult[]) => void
  readonly ask: (question: string) => Promise<boolean>
  readonly stop: AbortSignal
}

/**
 * A deploy with somebody at the terminal: plans every host, shows the changes, asks, and deploys to the hosts that
 * would change and to no other. The results are in the order of the jobs.
 */
export async function planThenDeploy(
  jobs: readonly Job[],
  { check, deploy, batches, show, ask, stop }: Conversation,
): Promise<readonly HostResult[]> {
  const planned = await check(jobs)
  const that = (outcome: HostResult['outcome']) =>
    jobs.filter((_job, index) => planned[index]?.outcome === outcome)
  const held = that('held')
  if (that('would-change').length + held.length === 0) return planned
  if (stop.aborted) return planned.map(interrupted)
  show(planned)
  const releasing = held.length > 0 && (await ask(releaseQuestion(held))) ? held : []
  const wanted = new Set([...that('would-change'), ...releasing])
  // Their order is that in which they go into batches
  const changing = jobs.filter((job) => wanted.has(job))
  if (changing.length === 0) return planned
  const isWanted = await ask(question(changing, batches(changing)))
  if (!isWanted) return planned.map(declined)
  const released = new Set(releasing.map(({ host }) => host.name))
  const byHost = new Map(planned.map((result) => [result.host, result]))
  const deployed = await deploy(changing, { released, planned: byHost })
  const byName = new Map(deployed.map((result) => [result.host, result]))
  return planned.map((plan) => withPlan(plan, byName.get(plan.host)))
}

function question(changing: readonly Job[], batches: number): string {
  const [first] = changing
  if (changing.length === 1 && first) return `Apply to ${first.host.name}?`
  return `Apply to these ${changing.length} hosts${batches > 1 ? `, in ${batches} batches` : ''}?`
}

function releaseQuestion(held: readonly Job[]): string {
  const [first] = held
  return held.length === 1 && first
    ? `${first.host.name} is held after a rollback. Release it, and deploy there too?`
    : `${held.length} hosts are held after a rollback. Release them, and deploy there too?`
}

/** Both visits to the host count. */
function withPlan(plan: HostResult, deployed: HostResult | undefined): HostResult {
  if (!deployed) return plan
  return {
    ...deployed,
    connections: plan.connections + deployed.connections,
    seconds: plan.seconds + deployed.seconds,
  }
}

function declined(plan: HostResult): HostResult {
  if (plan.outcome !== 'would-change') return plan
  return { ...plan, outcome: 'skipped', code: 'declined', message: 'the answer was no; nothing was changed' }
}

function interrupted(plan: HostResult): HostResult {
  if (plan.outcome !== 'would-change') return plan
  return {
    ...plan,
    outcome: 'skipped',
    code: 'stopped',
    message: 'interrupted before its turn; nothing was changed',
  }
}
