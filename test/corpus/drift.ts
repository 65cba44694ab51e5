import { FAMILIES } from '../../src/model/family.ts'
import type { Difference, HostResult } from '../../src/model/outcome.ts'
import type { Family } from '../../src/model/family.ts'
import type { CorpusRule } from './corpus.ts'
import { isLike } from './corpus.ts'

export interface Drift extends Difference {
  readonly family: Family
}

/** All that differs on a host. */
export function driftOf({ families }: HostResult): readonly Drift[] {
  return FAMILIES.flatMap((family) =>
    (families[family]?.differences ?? []).map((difference) => ({ family, ...difference })),
  )
}

export function driftText({ family, table, line, in: where }: Drift): string {
  return `${where} ${family} ${table} ${line}`
}

/** The rules that a difference may come from. */
export function suspects(drift: readonly Drift[], rules: readonly CorpusRule[]): ReadonlySet<CorpusRule> {
  return new Set(
    rules.filter((rule) =>
      drift.some(
        ({ family, table, line }) =>
          rule.family === family && rule.table === table && isLike(rule.line, line.slice('+ '.length)),
      ),
    ),
  )
}
