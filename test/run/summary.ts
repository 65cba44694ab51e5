import type { Count } from './count.ts'
import { sum } from './count.ts'
import type { StageResult } from './run-stage.ts'

/** What failed, a table of the stages and the line that counts them all: it is the last one. */
export function summary(results: readonly StageResult[]): string {
  const rows = results.map(({ script, count, seconds }) => row([script, ...cells(count), seconds.toFixed(1)]))
  const heading = row(['', 'passed', 'failed', 'skipped', 'seconds'])
  const { passed, failed, skipped } = sum(results.map(({ count }) => count))
  const failures = results.flatMap((result) => result.failures).map((failure) => `${failure}\n`)
  return [...failures, heading, ...rows, '', `${passed} passed, ${failed} failed, ${skipped} skipped`].join(
    '\n',
  )
}

function cells({ passed, failed, skipped }: Count): readonly string[] {
  return [passed, failed, skipped].map(String)
}

function row([name = '', ...numbers]: readonly string[]): string {
  return name.padEnd(15) + numbers.map((cell) => cell.padStart(9)).join('')
}
