import type { Dirent } from 'node:fs'
import { readdirSync, statSync } from 'node:fs'
import { isSystemError } from '../lib/system-error.ts'
import { failure } from './failure.ts'

/** Whether there is a directory of that name. Throws InputError where that cannot be told. */
export function isDirectory(path: string): boolean {
  return reported(path, () => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false)
}

/** What the directory holds, in no order. Throws InputError where it cannot be read. */
export function listDirectory(path: string): readonly Dirent[] {
  return reported(path, () => readdirSync(path, { withFileTypes: true }))
}

function reported<T>(path: string, ask: () => T): T {
  try {
    return ask()
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw failure({ file: path, message: `expected a path that can be read, got ${error.code}` }, error)
  }
}
