import { z } from 'zod'
import type { ReportedFile } from './report.ts'

/** How many checks ended how. */
export interface Count {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export const PASSED: Count = { passed: 1, failed: 0, skipped: 0 }
export const FAILED: Count = { passed: 0, failed: 1, skipped: 0 }
export const SKIPPED: Count = { passed: 0, failed: 0, skipped: 1 }
const NONE: Count = { passed: 0, failed: 0, skipped: 0 }

/**
 * Counts the tests in Vitest's JSON report. Whatever went wrong without a failed test counts as one failure: a file
 * that does not load, a hook that fails, an exit status other than 0, no test at all.
 */
export function countReport(files: readonly ReportedFile[], exitStatus: number | null): Count {
  return withExit(sum(files.map(countFile)), exitStatus)
}

/** Reads what a program counted itself: a JSON text of a Count; whatever else went wrong counts as one failure. */
export function readCount(text: string | undefined, exitStatus: number | null): Count {
  return withExit(text === undefined ? NONE : countSchema.parse(JSON.parse(text)), exitStatus)
}

/** What is skipped counts as failed. */
export function withoutSkipping({ passed, failed, skipped }: Count): Count {
  return { passed, failed: failed + skipped, skipped: 0 }
}

export function sum(counts: readonly Count[]): Count {
  return {
    passed: total(counts.map(({ passed }) => passed)),
    failed: total(counts.map(({ failed }) => failed)),
    skipped: total(counts.map(({ skipped }) => skipped)),
  }
}

function withExit(count: Count, exitStatus: number | null): Count {
  const isFine = exitStatus === 0 && count.passed + count.skipped > 0
  return count.failed === 0 && !isFine ? sum([count, FAILED]) : count
}

const countSchema = z.object({ passed: z.number(), failed: z.number(), skipped: z.number() })

function countFile({ status, assertionResults }: ReportedFile): Count {
  const count = sum(assertionResults.map((test) => countTest(test.status)))
  return status === 'failed' && count.failed === 0 ? sum([count, FAILED]) : count
}

function countTest(status: ReportedFile['assertionResults'][number]['status']): Count {
  if (status === 'passed') return PASSED
  return status === 'failed' ? FAILED : SKIPPED
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((left, right) => left + right, 0)
}
