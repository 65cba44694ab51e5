import { readFile } from 'node:fs/promises'
import type * as z from 'zod'
import { shown } from '../inventory/shown.ts'
import type { Problem } from '../lib/input-error.ts'
import { printable } from '../lib/printable.ts'
import type { RunDocument } from '../report/reporter.ts'
import { DOCUMENT } from './report-schema.ts'

/** A run as somebody's file tells it; its hosts say whatever that file does. */
export interface ReadRun {
  readonly file: string
  readonly run: RunDocument
  /** It was written with --diff. */
  readonly hasDiffs: boolean
}

/** Of one file. */
const MOST_PROBLEMS = 5

/** Reads what `--output json` or `--report FILE.json` wrote, or tells what is wrong with it. */
export async function readRun(file: string): Promise<ReadRun | readonly Problem[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => new Error(reasonOf(error)))
  if (text instanceof Error) return [{ file, message: `expected a file that can be read: ${text.message}` }]
  const value = parsed(text)
  if (value === undefined)
    return [{ file, message: `${EXPECTED}, got ${text.trim() === '' ? 'an empty file' : 'no JSON'}` }]
  const read = DOCUMENT.safeParse(value, { error: (issue) => sentence(issue) })
  if (!read.success) return problemsOf(file, read.error.issues)
  return {
    file,
    run: read.data,
    hasDiffs: read.data.hosts.some(({ families: { v4, v6 } }) => (v4?.diff ?? v6?.diff) !== undefined),
  }
}

const EXPECTED = 'expected one JSON document, as --output json or --report FILE.json writes it'

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function problemsOf(file: string, issues: readonly z.core.$ZodIssue[]): readonly Problem[] {
  const told = issues.slice(0, MOST_PROBLEMS).map(({ path, message }): Problem => {
    const place = path.map((part) => printable(String(part), { most: 80 })).join('.')
    return { file, ...(place === '' ? {} : { path: place }), message }
  })
  const more = issues.length - told.length
  return more === 0 ? told : [...told, { file, message: `${more} more of this kind` }]
}

/** What was expected, and what is there. */
function sentence(issue: z.core.$ZodRawIssue): string | undefined {
  if ((issue.path ?? []).length === 0) return `${EXPECTED}, got ${shown(issue.input)}`
  if (issue.code === 'invalid_type') return `expected ${String(issue.expected)}, got ${shown(issue.input)}`
  if (issue.code === 'invalid_value') return `expected ${wordsOf(issue.values)}, got ${shown(issue.input)}`
  return undefined
}

/** A list of all codes helps nobody. */
function wordsOf(values: readonly unknown[]): string {
  return values.length > 12 ? 'a word that this mailfw knows' : values.map(String).join(', ')
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
