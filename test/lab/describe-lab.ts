import { describe, expect, it } from 'vitest'
import { labProblem } from './problem.ts'

/**
 * `describe` for tests that need a lab. Where none can be started they are skipped and a line says why; in CI
 * that is a failure.
 */
export function describeLab(title: string, tests: () => void): void {
  const problem = labProblem()
  if (problem === undefined) {
    describe(title, tests)
  } else if (process.env['CI'] !== undefined) {
    describe(title, failing(problem))
  } else {
    console.warn(`Skipped "${title}": ${problem}`)
    describe.skip(title, tests)
  }
}

/** The tests in place of those that need what is not there. */
export function failing(problem: string): () => void {
  return () => {
    it('can start a lab', () => {
      expect.fail(problem)
    })
  }
}
