import { stripVTControlCharacters } from 'node:util'
import { z } from 'zod'

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.enum(['passed', 'failed']),
      message: z.string().default(''),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.enum(['passed', 'failed', 'skipped', 'pending', 'todo', 'disabled']),
          failureMessages: z.array(z.string()).default([]),
        }),
      ),
    }),
  ),
})

/** A test file and its tests, as Vitest's JSON reporter tells of them. */
export type ReportedFile = z.infer<typeof reportSchema>['testResults'][number]

/** Reads the text of a report; absent where none was written. */
export function reportedFiles(report: string | undefined): readonly ReportedFile[] {
  return report === undefined ? [] : reportSchema.parse(JSON.parse(report)).testResults
}

const MOST_LINES = 12

/** What failed, each with the beginning of what it said. */
export function failuresIn(files: readonly ReportedFile[]): readonly string[] {
  return files.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed')
    if (status === 'failed' && failed.length === 0) return [failure(name, message)]
    return failed.map((test) => failure(`${name}: ${test.fullName}`, test.failureMessages.join('\n')))
  })
}

function failure(heading: string, message: string): string {
  const lines = stripVTControlCharacters(message).split('\n').slice(0, MOST_LINES)
  return [`FAILED ${heading}`, ...lines.map((line) => `  ${line}`)].join('\n')
}
