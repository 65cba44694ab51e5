import { printable } from '../lib/printable.ts'
import { rememberFor } from '../lib/recent.ts'
import type { Family } from '../model/family.ts'
import { FAMILIES } from '../model/family.ts'
import type {
  Difference,
  FamilyState,
  Generation,
  HostResult,
  PortUse,
  Removal,
  Reverted,
} from '../model/outcome.ts'
import type { KeyScan } from '../model/transport.ts'
import { byTable } from './by-table.ts'

const LONGEST_DIFF = 1_000_000
/** A line as long as iptables-restore reads one, and a remark about it. */
const LONGEST_LINE = 10_500
const LONGEST_LOG = 20_000
const MOST_DIFFERENCES = 10_000
const MOST_GENERATIONS = 100
const LONGEST_PROGRAM = 64

/** A family as it is written. */
export interface CleanState extends FamilyState {
  /** The differences of live, as text: each table's lines behind its name. */
  readonly diff?: string
}

/** A result as it is written. */
export interface CleanResult extends HostResult {
  readonly families: Partial<Record<Family, CleanState | null>>
}

/**
 * A result as it may be shown and written: every text in it made printable, the keys in their documented order, the
 * diffs only where they were asked for.
 */
export function clean(result: HostResult, options: { readonly diff: boolean }): CleanResult {
  const { address, port, generation, generations, hold, fix } = result
  const { fingerprint, keyScan, pending, reverted, unfinished, ports, rungs, lost, removes } = result
  return {
    host: printable(result.host),
    outcome: result.outcome,
    code: result.code,
    message: printable(result.message),
    ...(fix !== undefined && { fix: printable(fix) }),
    ...(address !== undefined && { address: printable(address) }),
    ...(port !== undefined && { port }),
    ...(rungs && { rungs }),
    ...(lost && {
      lost: lost.slice(0, MOST_DIFFERENCES).map((line) => printable(line, { most: LONGEST_LINE })),
    }),
    connections: result.connections,
    seconds: Math.round(result.seconds * 1_000) / 1_000,
    ...(generation !== undefined && {
      generation: typeof generation === 'number' ? generation : cleanGeneration(generation),
    }),
    ...(generations && { generations: generations.slice(0, MOST_GENERATIONS).map(cleanGeneration) }),
    ...(hold && { hold: { ...cleanGeneration(hold), hold: printable(hold.hold) } }),
    families: cleanFamilies(result.families, options),
    ...(ports && { ports: ports.map(cleanPort) }),
    ...(removes && { removes: removes.slice(0, MOST_DIFFERENCES).map(cleanRemoval) }),
    findings: result.findings.map((finding) => ({
      code: printable(finding.code),
      severity: finding.severity,
      message: printable(finding.message),
      ...(finding.fix !== undefined && { fix: printable(finding.fix) }),
    })),
    ...(fingerprint !== undefined && { fingerprint: printable(fingerprint) }),
    ...(keyScan && { keyScan: cleanKeyScan(keyScan) }),
    ...(pending !== undefined && { pending: { ...pending, id: printable(pending.id) } }),
    ...(reverted !== undefined && { reverted: cleanReverted(reverted) }),
    ...(unfinished !== undefined && { unfinished: { id: printable(unfinished.id) } }),
  }
}

function cleanRemoval({ family, in: where, table, line, owner }: Removal): Removal {
  return {
    family,
    in: where,
    table: printable(table),
    line: printable(line, { most: LONGEST_LINE }),
    owner: printable(owner),
  }
}

function cleanGeneration(generation: Generation): Generation {
  const { n, at, by, version, revision, again, hold, otherMachine, changes, against } = generation
  return {
    n,
    ...(at !== undefined && { at: printable(at) }),
    ...(by !== undefined && { by: printable(by) }),
    ...(version !== undefined && { version: printable(version) }),
    ...(revision !== undefined && { revision: printable(revision) }),
    ...(again !== undefined && { again }),
    ...(otherMachine !== undefined && { otherMachine }),
    ...(hold !== undefined && { hold: printable(hold) }),
    ...(changes && { changes: cleanChanges(changes) }),
    ...(against !== undefined && { against }),
  }
}

type Changes = NonNullable<Generation['changes']>

function cleanChanges(changes: Changes): Changes {
  const cleaned: Partial<Record<Family, readonly string[]>> = {}
  for (const family of FAMILIES) {
    const lines = changes[family]
    if (lines !== undefined) cleaned[family] = cleanLines(lines)
  }
  return cleaned
}

/** What is too much for any reader is counted in the last line. */
function cleanLines(lines: readonly string[]): readonly string[] {
  const shown = lines.slice(0, MOST_DIFFERENCES).map((line) => printable(line))
  const more = lines.length - shown.length
  return more === 0 ? shown : [...shown, `# … and ${more} more lines`]
}

function cleanReverted({ id, at, log }: Reverted): Reverted {
  return { id: printable(id), at: printable(at), log: printable(log, { lines: true, most: LONGEST_LOG }) }
}

function cleanPort({
  protocol,
  port,
  lastPort,
  families,
  program,
  service,
  state,
  openTo,
}: PortUse): PortUse {
  return {
    port,
    ...(lastPort !== undefined && { lastPort }),
    protocol,
    ...(service !== undefined && { service: printable(service) }),
    families,
    ...(program !== undefined && { program: printable(program, { most: LONGEST_PROGRAM }) }),
    state,
    ...(openTo !== undefined && { openTo }),
  }
}

function cleanKeyScan({ before, host, after }: KeyScan): KeyScan {
  return { before: printable(before), host: printable(host), after: printable(after) }
}

function cleanFamilies(
  families: HostResult['families'],
  options: { readonly diff: boolean },
): CleanResult['families'] {
  const cleaned: Partial<Record<Family, CleanState | null>> = {}
  for (const family of FAMILIES) {
    const state = families[family]
    if (state === undefined) continue
    cleaned[family] = state === null ? null : cleanState(state, options)
  }
  return cleaned
}

function cleanState(state: FamilyState, options: { readonly diff: boolean }): CleanState {
  const { live, saved, savedPath, differences } = state
  return {
    ...(live !== undefined && { live }),
    ...(saved !== undefined && { saved }),
    ...(savedPath !== undefined && { savedPath: printable(savedPath) }),
    ...(options.diff && differences && { diff: diffText(differences) }),
    ...(differences && { differences: cleanDifferences(differences) }),
  }
}

/** Hosts with the same rules have the same differences, and each is written by several reporters. */
const diffText = rememberFor((differences: readonly Difference[]): string => {
  const live = differences.filter((difference) => difference.in === 'live')
  const lines = byTable(live).flatMap(([table, inTable]) => [
    `*${table}`,
    ...inTable.map((difference) => difference.line),
  ])
  return printable(lines.map((line) => `${line}\n`).join(''), { lines: true, most: LONGEST_DIFF })
})

/** What is too much for any reader is counted in the last line. */
const cleanDifferences = rememberFor((differences: readonly Difference[]): readonly Difference[] => {
  const shown = differences.slice(0, mostShown(differences)).map((difference) => ({
    in: difference.in,
    table: printable(difference.table),
    line: printable(difference.line, { most: LONGEST_LINE }),
    cause: difference.cause,
  }))
  const [next] = differences.slice(shown.length)
  const more = differences.length - shown.length
  return next === undefined
    ? shown
    : [...shown, { ...next, table: printable(next.table), line: `# … and ${more} more differences` }]
})

/** So many that no host can fill the memory: two rules that differ in their last words alone are shown whole all the same. */
function mostShown(differences: readonly Difference[]): number {
  let length = 0
  const tooLong = differences.findIndex(
    ({ line }) => (length += Math.min(line.length, LONGEST_LINE)) > LONGEST_DIFF,
  )
  return Math.min(MOST_DIFFERENCES, tooLong < 0 ? differences.length : tooLong)
}
