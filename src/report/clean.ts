import { printable } from '../lib/printable.ts'
import type { Family } from '../model/family.ts'
import { FAMILIES } from '../model/family.ts'
import type { Difference, FamilyState, Generation, HostResult, Reverted } from '../model/outcome.ts'
import type { KeyScan } from '../model/transport.ts'

const LONGEST_DIFF = 1_000_000
const LONGEST_LOG = 20_000
const MOST_DIFFERENCES = 10_000
const MOST_GENERATIONS = 100

/**
 * A result as it may be shown and written: every text in it made printable, the keys in their documented order, the
 * diffs only where they were asked for.
 */
export function clean(result: HostResult, options: { readonly diff: boolean }): HostResult {
  const { address, port, generation, generations, hold, fix } = result
  const { fingerprint, keyScan, pending, reverted, unfinished } = result
  return {
    host: printable(result.host),
    outcome: result.outcome,
    code: result.code,
    message: printable(result.message),
    ...(fix !== undefined && { fix: printable(fix) }),
    ...(address !== undefined && { address: printable(address) }),
    ...(port !== undefined && { port }),
    connections: result.connections,
    seconds: Math.round(result.seconds * 1_000) / 1_000,
    ...(generation !== undefined && {
      generation: typeof generation === 'number' ? generation : cleanGeneration(generation),
    }),
    ...(generations && { generations: generations.slice(0, MOST_GENERATIONS).map(cleanGeneration) }),
    ...(hold && { hold: { ...cleanGeneration(hold), hold: printable(hold.hold) } }),
    families: cleanFamilies(result.families, options),
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

function cleanGeneration(generation: Generation): Generation {
  const { n, at, by, version, revision, again, hold, changes } = generation
  return {
    n,
    ...(at !== undefined && { at: printable(at) }),
    ...(by !== undefined && { by: printable(by) }),
    ...(version !== undefined && { version: printable(version) }),
    ...(revision !== undefined && { revision: printable(revision) }),
    ...(again !== undefined && { again }),
    ...(hold !== undefined && { hold: printable(hold) }),
    ...(changes && { changes: cleanChanges(changes) }),
  }
}

type Changes = NonNullable<Generation['changes']>

function cleanChanges(changes: Changes): Changes {
  const cleaned: Partial<Record<Family, readonly string[]>> = {}
  for (const family of FAMILIES) {
    const lines = changes[family]
    if (lines !== undefined) cleaned[family] = lines.slice(0, MOST_DIFFERENCES).map((line) => printable(line))
  }
  return cleaned
}

function cleanReverted({ id, at, log }: Reverted): Reverted {
  return { id: printable(id), at: printable(at), log: printable(log, { lines: true, most: LONGEST_LOG }) }
}

function cleanKeyScan({ before, host, after }: KeyScan): KeyScan {
  return { before: printable(before), host: printable(host), after: printable(after) }
}

function cleanFamilies(
  families: HostResult['families'],
  options: { readonly diff: boolean },
): HostResult['families'] {
  const cleaned: Partial<Record<Family, FamilyState | null>> = {}
  for (const family of FAMILIES) {
    const state = families[family]
    if (state === undefined) continue
    cleaned[family] = state === null ? null : cleanState(state, options)
  }
  return cleaned
}

function cleanState(state: FamilyState, options: { readonly diff: boolean }): FamilyState {
  return {
    ...(state.live !== undefined && { live: state.live }),
    ...(state.saved !== undefined && { saved: state.saved }),
    ...(state.savedPath !== undefined && { savedPath: printable(state.savedPath) }),
    ...(options.diff &&
      state.diff !== undefined && { diff: printable(state.diff, { lines: true, most: LONGEST_DIFF }) }),
    ...(state.differences && { differences: cleanDifferences(state.differences) }),
  }
}

/** What is too much for any reader is counted in the last line. */
function cleanDifferences(differences: readonly Difference[]): readonly Difference[] {
  const shown = differences.slice(0, MOST_DIFFERENCES).map((difference) => ({
    in: difference.in,
    table: printable(difference.table),
    line: printable(difference.line),
    cause: difference.cause,
  }))
  const [next] = differences.slice(MOST_DIFFERENCES)
  const more = differences.length - shown.length
  return next === undefined
    ? shown
    : [...shown, { ...next, table: printable(next.table), line: `# … and ${more} more differences` }]
}
