import { printable } from '../lib/printable.ts'
import type { Family } from '../model/family.ts'
import { FAMILIES } from '../model/family.ts'
import type { FamilyState, Generation, HostResult, Reverted } from '../model/outcome.ts'
import type { KeyScan } from '../model/transport.ts'

const LONGEST_DIFF = 1_000_000
const LONGEST_LOG = 20_000

/**
 * A result as it may be shown and written: every text in it made printable, the keys in their documented order, the
 * diffs only where they were asked for.
 */
export function clean(result: HostResult, options: { readonly diff: boolean }): HostResult {
  const { address, port, generation, fingerprint, keyScan, pending, reverted, unfinished, fix } = result
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
    ...(generation !== undefined && { generation: cleanGeneration(generation) }),
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

function cleanGeneration(generation: number | Generation): number | Generation {
  if (typeof generation === 'number') return generation
  const { n, at, by } = generation
  return {
    n,
    ...(at !== undefined && { at: printable(at) }),
    ...(by !== undefined && { by: printable(by) }),
  }
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
  }
}
