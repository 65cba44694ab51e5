import type { FleetOptions } from '../fleet/options.ts'
import { Changing } from '../host/changing.ts'
import { Machines } from '../host/machines.ts'
import type { Job } from '../host/visit.ts'
import type { RunCommand } from '../model/command.ts'
import type { ReachedHost } from '../model/host.ts'
import type { HostResult } from '../model/outcome.ts'
import type { Rollout } from '../model/rollout.ts'
import type { Transport } from '../model/transport.ts'
import { createReporter } from '../report/create-reporter.ts'
import { createOutput } from '../report/output.ts'
import type { Detail, Reporter, RunDocument } from '../report/reporter.ts'
import { leaveBehind } from './afterwards.ts'
import type { LastFailed } from './command-for.ts'
import { byHandCommand, commandFor, takeOverCommand } from './command-for.ts'
import { allowedCodes } from './flag-values.ts'
import type { FleetFlags } from './flags.ts'
import { keepRecords } from './records.ts'
import type { RunBeginning } from './run-document.ts'
import { beginRun, endRun } from './run-document.ts'
import { sessionQuestion } from './session-question.ts'
import { transportFor } from './transport-for.ts'
import { VERSION } from './version.ts'
import type { World } from './world.ts'

const FORKS = 20

/** What a run is made of, whatever its verb does at the hosts. */
export interface Run {
  readonly command: RunCommand
  readonly flags: FleetFlags
  readonly jobs: readonly Job[]
  /** All hosts of the inventory, selected or not. */
  readonly inventory?: readonly ReachedHost[]
  /** What the inventory says of rollouts. */
  readonly rollout: Rollout
  /** The git revision of the inventory, for receipts and the journal. */
  readonly revision: string | undefined
  /** Another run is at these hosts: the names of those that failed are for that one to leave. */
  readonly yields?: true
  readonly world: World
}

type VisitHosts = (options: FleetOptions, reporter: Reporter) => Promise<readonly HostResult[]>

/** A whole run, from the first event to the exit code: visits the hosts and reports how they ended. */
export async function carryOut(run: Run, visit: VisitHosts): Promise<number> {
  const { flags, world } = run
  const begun = beginRun(run.command, flags, world.clock)
  const records = keepRecords(begun, world)
  let lastFailed: LastFailed | undefined
  try {
    const reporter = records.follow(await reporterFor(run, () => lastFailed))
    const ended = await visited(run, begun, reporter, visit)
    // The report tells of the file
    if (run.yields !== true) lastFailed = await records.leave(ended)
    reporter.finish(ended)
    return await leaveBehind(ended, flags, world)
  } finally {
    await records.end()
  }
}

async function visited(
  run: Run,
  begun: RunBeginning,
  reporter: Reporter,
  visit: VisitHosts,
): Promise<RunDocument> {
  const { flags, jobs, world } = run
  reporter.event({
    event: 'run',
    ...begun,
    hosts: jobs.length,
    ...(run.revision !== undefined && { revision: run.revision }),
    by: `${world.user}@${world.controller}`,
  })
  const results = await connected(run, reporter, (options) => visit(options, reporter))
  return endRun(begun, results, { strict: flags.strict === true, clock: world.clock })
}

async function connected<T>(
  run: Run,
  reporter: Reporter,
  visit: (options: FleetOptions) => Promise<T>,
): Promise<T> {
  const transport = transportFor(run.flags, reporter, run.world)
  const endNotice = announceStop(run, reporter)
  try {
    return await visit(fleetOptions(run, transport, reporter))
  } catch (error) {
    reporter.leave()
    throw error
  } finally {
    endNotice()
    transport.close()
  }
}

function fleetOptions(
  { command, flags, inventory, jobs, revision, world }: Run,
  transport: Transport,
  reporter: Reporter,
): FleetOptions {
  return {
    transport,
    forks: flags.forks ?? FORKS,
    emit: reporter.event,
    stop: world.stop,
    abandon: world.abandon,
    confirmCommand: (host, attempt) => byHandCommand('confirm', host, attempt, flags),
    takeOverCommand: (host) => takeOverCommand(host, { flags, all: jobs.map((job) => job.host.name) }),
    takesOver: flags['take-over'] === true,
    ...sessionQuestion(command, flags, reporter, world),
    wantsReceipts: flags.report !== undefined,
    allowed: allowedCodes(flags.allow),
    machines: new Machines(),
    inventory: inventory ?? [],
    changing: new Changing(),
    provenance: {
      user: world.user,
      controller: world.controller,
      version: VERSION,
      ...(revision !== undefined && { revision }),
    },
  }
}

async function reporterFor(
  { flags, jobs, world }: Run,
  lastFailed: () => LastFailed | undefined,
): Promise<Reporter> {
  const colour = flags.color ?? 'auto'
  const all = jobs.map((job) => job.host.name)
  return createReporter(flags.output ?? 'text', {
    result: createOutput(world.stdout, world.env, colour),
    aside: createOutput(world.stderr, world.env, colour),
    clock: world.clock,
    diff: flags.diff === true,
    detail: detailOf(flags),
    commandFor: (verb, hosts) => commandFor(verb, hosts, { flags, all, lastFailed: lastFailed() }),
    byHandCommand: (verb, host, attempt) => byHandCommand(verb, host, attempt, flags),
  })
}

function detailOf({ quiet, verbose }: FleetFlags): Detail {
  if (quiet === true) return 'quiet'
  return verbose === true ? 'verbose' : 'progress'
}

function announceStop({ world }: Run, reporter: Reporter): () => void {
  const say = (message: string) => (): void => {
    reporter.event({ event: 'notice', message })
  }
  const stopping = say(
    'Stopping: no new host is started, those in flight are finished. Ctrl-C again stops at once; what is not confirmed then reverts by itself.',
  )
  const abandoning = say('Stopping at once.')
  world.stop.addEventListener('abort', stopping)
  world.abandon.addEventListener('abort', abandoning)
  return () => {
    world.stop.removeEventListener('abort', stopping)
    world.abandon.removeEventListener('abort', abandoning)
  }
}
