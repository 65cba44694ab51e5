import type { FleetOptions } from '../fleet/run.ts'
import type { Job } from '../host/visit.ts'
import { checkFleet, deployFleet } from '../fleet/run.ts'
import type { HostResult } from '../model/outcome.ts'
import type { Transport } from '../model/transport.ts'
import { createReporter } from '../report/create-reporter.ts'
import { createOutput } from '../report/output.ts'
import type { Reporter } from '../report/reporter.ts'
import { commandFor } from './command-for.ts'
import type { FleetFlags } from './flags.ts'
import { loadJobs } from './jobs.ts'
import { readLogin } from './login.ts'
import { planThenDeploy } from './plan-then-deploy.ts'
import { canAsk, confirm } from './prompt.ts'
import { inventoryRevision } from './revision.ts'
import { beginRun, endRun } from './run-document.ts'
import { transportFor } from './transport-for.ts'
import { VERSION } from './version.ts'
import type { World } from './world.ts'

const FORKS = 20

/** `mailfw deploy` and `mailfw check`: a whole run, from the inventory to the exit code. */
export async function runOnFleet(verb: 'deploy' | 'check', flags: FleetFlags, world: World): Promise<number> {
  const login = await readLogin(flags, world)
  const revision = verb === 'deploy' ? inventoryRevision(flags.inventory) : undefined
  const jobs = await loadJobs(
    { inventory: flags.inventory, limit: flags.limit, extraVars: flags['extra-vars'] ?? [] },
    login,
    world,
  )
  const reporter = await reporterFor(flags, jobs, world)
  const begun = beginRun(verb, world.clock)
  reporter.event({ event: 'run', ...begun, hosts: jobs.length })
  const results = await onFleet({ verb, flags, jobs, reporter, revision: await revision, world })
  const run = endRun(begun, results, { strict: flags.strict === true, clock: world.clock })
  reporter.finish(run)
  return run.exit
}

interface Run {
  readonly verb: 'deploy' | 'check'
  readonly flags: FleetFlags
  readonly jobs: readonly Job[]
  readonly reporter: Reporter
  readonly revision: string | undefined
  readonly world: World
}

async function onFleet(run: Run): Promise<readonly HostResult[]> {
  const { verb, flags, jobs, reporter, world } = run
  const transport = transportFor(flags, reporter, world)
  const options = fleetOptions(run, transport)
  const endNotice = announceStop(run)
  try {
    if (verb === 'check') return await checkFleet(jobs, options)
    if (!wantsQuestion(flags, world)) return await deployFleet(jobs, options)
    return await planThenDeploy(jobs, {
      check: (some) => checkFleet(some, options),
      deploy: (some) => deployFleet(some, options),
      show: reporter.changes,
      ask: (question) => confirm(question, world),
      stop: world.stop,
    })
  } finally {
    endNotice()
    transport.close()
  }
}

/** A person is there, and reads text: programs are never asked. */
function wantsQuestion(flags: FleetFlags, world: World): boolean {
  return flags.yes !== true && (flags.output ?? 'text') === 'text' && canAsk(world)
}

function fleetOptions({ flags, reporter, revision, world }: Run, transport: Transport): FleetOptions {
  return {
    transport,
    forks: flags.forks ?? FORKS,
    maxFailures: flags['max-failures'] ?? 0,
    emit: reporter.event,
    stop: world.stop,
    abandon: world.abandon,
    provenance: {
      user: world.user,
      controller: world.controller,
      version: VERSION,
      ...(revision !== undefined && { revision }),
    },
  }
}

async function reporterFor(flags: FleetFlags, jobs: readonly Job[], world: World): Promise<Reporter> {
  const colour = flags.color ?? 'auto'
  const all = jobs.map((job) => job.host.name)
  return createReporter(flags.output ?? 'text', {
    result: createOutput(world.stdout, world.env, colour),
    aside: createOutput(world.stderr, world.env, colour),
    clock: world.clock,
    diff: flags.diff === true,
    commandFor: (verb, hosts) => commandFor(verb, hosts, { flags, all }),
  })
}

function announceStop({ reporter, world }: Run): () => void {
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
