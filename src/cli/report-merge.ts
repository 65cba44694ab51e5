import { InputError } from '../lib/input-error.ts'
import type { Problem } from '../lib/input-error.ts'
import { exitCode, summarise } from '../model/outcome.ts'
import type { Shard } from '../model/shard.ts'
import { shardNumbers } from '../model/shard.ts'
import type { RunDocument } from '../report/reporter.ts'

interface Part {
  readonly file: string
  readonly run: RunDocument
}

export interface Merged {
  /** The hosts of all, in the order of the files. */
  readonly run: RunDocument
  /** What the files cannot tell, a sentence each. */
  readonly notes: readonly string[]
}

const EXIT_BUG = 1
/** Of hosts that nobody heard of. */
const EXIT_MISSING = 4

/**
 * Joins runs of one command that had different hosts. It has the id of the one that began first. Its exit code is that of
 * all its hosts, and never less than any of them had. Throws InputError where they do not fit together.
 */
export function mergeRuns(parts: readonly [Part, ...Part[]]): Merged {
  const problems = [...otherCommands(parts), ...twice(parts), ...otherShards(parts)]
  if (problems.length > 0) throw new InputError(problems)
  const runs = parts.map(({ run }) => run)
  const first = runs.reduce((earliest, run) => (startOf(run) < startOf(earliest) ? run : earliest))
  const { format, mailfw, command, run, started, inventory } = first
  const hosts = runs.flatMap((each) => each.hosts)
  const notes = [...missingText(runs), ...brokenTexts(parts)]
  const end = Math.max(...runs.map((each) => startOf(each) + each.seconds * 1_000))
  return {
    run: {
      ...{ format, mailfw, command, run, started },
      ...(inventory !== undefined && { inventory }),
      seconds: Math.round(end - startOf(first)) / 1_000,
      exit: exitOf(runs, exitCode(hosts, { strict: false, command }), notes.length > 0),
      summary: summarise(hosts),
      hosts,
    },
    notes,
  }
}

function startOf({ started }: RunDocument): number {
  return Date.parse(started)
}

function exitOf(runs: readonly RunDocument[], ofHosts: number, isIncomplete: boolean): number {
  const exits = [ofHosts, ...runs.map(({ exit }) => exit), ...(isIncomplete ? [EXIT_MISSING] : [])]
  return exits.includes(EXIT_BUG) ? EXIT_BUG : Math.max(...exits)
}

function otherCommands([first, ...others]: readonly [Part, ...Part[]]): readonly Problem[] {
  const { command } = first.run
  return others
    .filter(({ run }) => run.command !== command)
    .map(({ file, run }) => ({
      file,
      path: 'command',
      message: `expected ${command}, as in ${first.file}, got ${run.command}`,
    }))
}

/** A file that was given twice is one problem, however many hosts it has. */
function twice(parts: readonly Part[]): readonly Problem[] {
  const files = new Map<string, string>()
  return parts.flatMap(({ file, run }) => {
    const again = run.hosts
      .map(({ host }) => host)
      .filter((host) => files.has(host) || !files.set(host, file))
    const [first] = again
    if (first === undefined) return []
    const others = again.length === 1 ? '' : ` and ${again.length - 1} more`
    const message = `expected each host in one file and once, got ${first}${others}, which ${files.get(first) ?? ''} has too`
    return [{ file, path: 'hosts', message }]
  })
}

function otherShards(parts: readonly Part[]): readonly Problem[] {
  const files = new Map<Shard, string>()
  let parted: { readonly of: number; readonly file: string } | undefined
  return parts.flatMap(({ file, run: { shard } }) => {
    if (shard === undefined) return []
    const { of } = shardNumbers(shard)
    parted ??= { of, file }
    const earlier = files.get(shard)
    files.set(shard, file)
    const message =
      of !== parted.of
        ? `expected a shard of ${parted.of}, as in ${parted.file}, got ${shard}`
        : `expected each shard once, got ${shard}, which ${earlier ?? ''} has too`
    return of !== parted.of || earlier !== undefined ? [{ file, path: 'shard', message }] : []
  })
}

/** Nobody heard of the hosts that are in none of the files. */
function missingText(runs: readonly RunDocument[]): readonly string[] {
  const shards = runs.flatMap(({ shard }) => (shard === undefined ? [] : [shardNumbers(shard)]))
  const [any] = shards
  if (any === undefined) return []
  const present = new Set(shards.map(({ number }) => number))
  const all = Array.from({ length: any.of }, (_, index) => index + 1)
  const missing = all.filter((number) => !present.has(number))
  if (missing.length === 0) return []
  const named = missing.slice(0, MOST_NAMED).map((number) => `${number}/${any.of}`)
  const more = missing.length > named.length ? ` and ${missing.length - named.length} more` : ''
  return [`Missing: shard ${named.join(', ')}${more}. What became of their hosts is in none of the files.`]
}

const MOST_NAMED = 20

/** A run that ended before it came to any host. */
function brokenTexts(parts: readonly Part[]): readonly string[] {
  return parts.flatMap(({ file, run: { message } }) =>
    message === undefined ? [] : [`Without hosts: ${file}: ${message.trim()}`],
  )
}
