import { join } from 'node:path'
import { makeDirectories } from '../lib/make-directories.ts'
import { replaceFile } from '../lib/replace-file.ts'
import { inTime } from './patience.ts'

/** Where the last run left the hosts that are not as wanted: a name a line, for `--limit @FILE`. */
export function lastFailedFile(stateDirectory: string): string {
  return join(stateDirectory, 'last-failed')
}

/** Replaces what an earlier run left; empty where all is as wanted. Rejects with what the file system says. */
export async function writeLastFailed(stateDirectory: string, names: readonly string[]): Promise<void> {
  const text = names.map((name) => `${name}\n`).join('')
  await inTime(replaceWithin(stateDirectory, text))
}

async function replaceWithin(directory: string, text: string): Promise<void> {
  await makeDirectories(directory, 0o700)
  await replaceFile(lastFailedFile(directory), text, { mode: 0o600 })
}
