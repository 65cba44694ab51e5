import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeDirectories } from '../lib/make-directories.ts'
import { replaceFile } from '../lib/replace-file.ts'
import { codeOf } from '../lib/system-error.ts'
import type { Scope } from './schedule.ts'
import { SystemdError } from './systemd.ts'
import type { Unit, Units } from './units.ts'

/** Where systemd looks for the units that an administrator, or an account, has written. */
export function unitDirectory(
  scope: Scope,
  environment: Readonly<Record<string, string | undefined>>,
  home: string,
): string {
  if (scope === 'system') return '/etc/systemd/system'
  const stated = environment['XDG_CONFIG_HOME'] ?? ''
  return join(stated.startsWith('/') ? stated : join(home, '.config'), 'systemd/user')
}

/** Where units are that nobody keeps: gone after the next boot. */
export function runtimeDirectory(
  scope: Scope,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  if (scope === 'system') return '/run/systemd/system'
  const own = environment['XDG_RUNTIME_DIR'] ?? ''
  if (own.startsWith('/')) return join(own, 'systemd/user')
  throw new SystemdError(
    'expected XDG_RUNTIME_DIR to name the directory of a session; log in as that account, not by su or sudo',
  )
}

/** Writes both, each whole or not at all. Rejects as the file system does. */
export async function writeUnits({ service, timer }: Units, directory: string): Promise<void> {
  await makeDirectories(directory)
  for (const { name, text } of [service, timer])
    await replaceFile(join(directory, name), text, { mode: 0o644, durable: true })
}

/** Those of the two that are there. */
export async function readUnits(name: string, directory: string): Promise<readonly Unit[]> {
  const found = await Promise.all(
    unitFiles(name).map(async (file) => {
      const text = await readIfThere(join(directory, file))
      return text === undefined ? [] : [{ name: file, text }]
    }),
  )
  return found.flat()
}

export async function removeUnits(name: string, directory: string): Promise<void> {
  for (const file of unitFiles(name)) await rm(join(directory, file), { force: true })
}

function unitFiles(name: string): readonly string[] {
  return [`${name}.service`, `${name}.timer`]
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}
