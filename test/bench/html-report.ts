import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { htmlReport } from '../../src/report/html.ts'
import { manyHosts, runOf } from '../report/fleets.ts'

export const REPORT_HOSTS = 5_000
/** The goal for it. */
export const REPORT_BOUND_SECONDS = 2

/** Seconds that it takes to write the HTML report of so many hosts: the slowest of some rounds, which is mostly the first. */
export function reportSeconds(rounds: number): number {
  const run = runOf(manyHosts(REPORT_HOSTS))
  const directory = mkdtempSync(join(tmpdir(), 'mailfw-bench-'))
  try {
    const times = Array.from({ length: rounds }, () => {
      const started = performance.now()
      writeFileSync(join(directory, 'report.html'), htmlReport(run))
      return (performance.now() - started) / 1_000
    })
    return Math.max(...times)
  } finally {
    rmSync(directory, { recursive: true })
  }
}
