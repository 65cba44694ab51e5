import { InputError } from '../lib/input-error.ts'
import { printable } from '../lib/printable.ts'
import type { FleetCommand } from '../model/command.ts'
import { createReporter } from '../report/create-reporter.ts'
import { createOutput } from '../report/output.ts'
import type { RunDocument } from '../report/reporter.ts'
import { leaveBehind, refuseUnwritable } from './afterwards.ts'
import { byHandCommand, commandFor } from './command-for.ts'
import type { FleetFlags, ReportFlags } from './flags.ts'
import type { ReadRun } from './report-document.ts'
import { readRun } from './report-document.ts'
import { mergeRuns } from './report-merge.ts'
import { UsageError } from './usage-error.ts'
import type { World } from './world.ts'

/** In the commands that it suggests, for documents that do not tell. */
const SOME_INVENTORY = 'INVENTORY'

/** `mailfw report merge`: what shards of a run have come to, as if they were one. Contacts no host; the exit code is that of the whole. */
export async function report(flags: ReportFlags, world: World): Promise<number> {
  const { metrics, report: page } = flags
  await refuseUnwritable({ inventory: SOME_INVENTORY, metrics, report: page })
  const parts = await readAll(flags.files)
  const { run, notes } = mergeRuns(parts)
  for (const note of notes) world.stderr.write(`${printable(note)}\n`)
  const inventory = run.inventory ?? SOME_INVENTORY
  const diff = parts.some(({ hasDiffs }) => hasDiffs)
  await show(run, { ...flags, inventory }, diff, world)
  return leaveBehind(run, { inventory, metrics, report: page }, world)
}

async function readAll(files: readonly string[]): Promise<readonly [ReadRun, ...ReadRun[]]> {
  const read: ReadRun[] = []
  const problems = []
  for (const file of files) {
    const found = await readRun(file)
    if ('run' in found) read.push(found)
    else problems.push(...found)
  }
  if (problems.length > 0) throw new InputError(problems)
  const [first, ...others] = read
  if (first === undefined) throw new UsageError('FILE: expected at least one.')
  return [first, ...others]
}

async function show(
  run: RunDocument,
  { output, color = 'auto', inventory }: ReportFlags & Pick<FleetFlags, 'inventory'>,
  diff: boolean,
  world: World,
): Promise<void> {
  const flags = { inventory }
  // What the runs had been told to select is not known: hosts are named
  const named = (verb: FleetCommand, hosts: readonly string[]): string =>
    commandFor(verb, hosts, { flags: { inventory, limit: hosts.join(',') }, all: hosts })
  const reporter = await createReporter(output ?? 'json', {
    result: createOutput(world.stdout, world.env, color),
    aside: createOutput(world.stderr, world.env, color),
    clock: world.clock,
    diff,
    detail: 'progress',
    commandFor: named,
    byHandCommand: (verb, host, attempt) => byHandCommand(verb, host, attempt, flags),
  })
  reporter.finish(run)
}
