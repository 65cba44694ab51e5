import { constants } from 'node:fs'
import { access, readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { printable } from '../lib/printable.ts'
import { replaceFile } from '../lib/replace-file.ts'
import { jsonDocument } from '../report/json.ts'
import { metricsText } from '../report/metrics.ts'
import type { RunDocument } from '../report/reporter.ts'
import type { FleetFlags } from './flags.ts'
import { notify } from './notify.ts'
import { beginRun, endRun } from './run-document.ts'
import { UsageError } from './usage-error.ts'
import type { World } from './world.ts'

const EXIT_NOT_WRITTEN = 2
const NOTIFY_SECONDS = 60
/** The collector reads it as another user. */
const METRICS_MODE = 0o644

/** Refuses what could not be written once the run has ended. Rejects with UsageError; nothing was contacted then. */
export async function refuseUnwritable({ metrics, report }: FleetFlags): Promise<void> {
  const fault = (await faultOf('--metrics', metrics)) ?? (await faultOf('--report', report))
  if (fault !== undefined) throw new UsageError(`${fault} Nothing was contacted.`)
}

/**
 * Writes and tells what the flags ask for, in the order metrics, report, notification. Each fault is a sentence on
 * stderr and keeps nothing that follows from being done. Returns the exit code of the process: that of the run, or 2
 * where the run has 0 and a file could not be written.
 */
export async function leaveBehind(run: RunDocument, flags: FleetFlags, world: World): Promise<number> {
  const isWhole = [await leaveMetrics(run, flags, world), await leaveReport(run, flags, world)]
  const exit = run.exit === 0 && isWhole.includes(false) ? EXIT_NOT_WRITTEN : run.exit
  await leaveWord({ run, exit }, flags, world)
  return exit
}

/**
 * Leaves behind that a run ended before it came to any host, for the sake of runs that nobody watches. The report of an
 * earlier run stays: it still tells more of the hosts.
 */
export async function leaveFailure(
  failure: Pick<RunDocument, 'command' | 'exit' | 'message'>,
  flags: FleetFlags,
  world: World,
): Promise<void> {
  const { clock } = world
  const begun = beginRun(failure.command, flags, clock)
  const ended = { ...endRun(begun, [], { strict: false, clock }), ...failure }
  // The failure may be that it cannot be written
  const metrics = (await faultOf('--metrics', flags.metrics)) === undefined ? flags.metrics : undefined
  await leaveBehind(ended, { ...flags, metrics, report: undefined }, world)
}

/** Why no file can be written there, as a sentence. */
async function faultOf(flag: string, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined
  const place = resolve(path)
  const directory = dirname(place)
  try {
    await access(`${directory}/.`, constants.W_OK | constants.X_OK)
  } catch (error) {
    return `${flag}: expected a directory that files can be written to, got ${directory}: ${reasonOf(error)}.`
  }
  const found = await stat(place).catch(() => undefined)
  return found === undefined || found.isFile()
    ? undefined
    : `${flag}: expected a file or nothing in place of ${place}, found something else.`
}

/** Whether nothing is missing. */
async function leaveMetrics(run: RunDocument, flags: FleetFlags, world: World): Promise<boolean> {
  const { metrics, inventory } = flags
  if (metrics === undefined) return true
  return written('metrics', metrics, world, async () => {
    const earlier = await readFile(metrics, 'utf8').catch(() => '')
    const text = metricsText(run, { inventory: resolve(inventory), earlier })
    await replaceFile(metrics, text, { mode: METRICS_MODE, durable: true })
  })
}

async function leaveReport(run: RunDocument, { report }: FleetFlags, world: World): Promise<boolean> {
  if (report === undefined) return true
  return written('report', report, world, async () => {
    await replaceFile(report, await reportText(run, report), { durable: true })
  })
}

async function reportText(run: RunDocument, path: string): Promise<string> {
  if (path.endsWith('.json')) return jsonDocument(run, { diff: true })
  return (await import('../report/html.ts')).htmlReport(run)
}

async function written(
  what: string,
  path: string,
  world: World,
  write: () => Promise<void>,
): Promise<boolean> {
  try {
    await write()
    return true
  } catch (error) {
    complain(`the ${what} could not be written to ${path}: ${reasonOf(error)}`, world)
    return false
  }
}

/** Where all was well and nothing was changed there is nothing to tell. */
async function leaveWord(
  { run, exit }: { readonly run: RunDocument; readonly exit: number },
  { notify: command, diff }: FleetFlags,
  world: World,
): Promise<void> {
  if (command === undefined || (exit === 0 && run.summary.confirmed === undefined)) return
  const document = jsonDocument(run, { diff: diff === true })
  const fault = await notify({ command, document, exit }, { ...world, until: untilStopped(world) })
  if (fault !== undefined) complain(`the command of --notify ${fault}`, world)
}

/** Ctrl-C ends it too; one that interrupted the run was not meant for it. */
function untilStopped({ stop, abandon }: World): AbortSignal {
  const next = [stop, abandon].filter((signal) => !signal.aborted).slice(0, 1)
  return AbortSignal.any([AbortSignal.timeout(NOTIFY_SECONDS * 1_000), ...next])
}

function complain(message: string, { stderr }: World): void {
  stderr.write(`mailfw: ${printable(message)}.\n`)
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
