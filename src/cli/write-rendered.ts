import { realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { Job } from '../host/visit.ts'
import { makeDirectories } from '../lib/make-directories.ts'
import { replaceFile } from '../lib/replace-file.ts'
import type { Family } from '../model/family.ts'
import { FAMILY } from '../model/family.ts'
import { UsageError } from './usage-error.ts'

/**
 * Writes `<host>/rules.v4` and `rules.v6` below a directory, each file whole or not at all, and returns how many.
 * A host whose name is no plain file name is refused: nothing is ever written elsewhere.
 */
export async function writeRendered(
  jobs: readonly Job[],
  families: readonly Family[],
  directory: string,
): Promise<number> {
  const files = jobs.flatMap(({ host, wanted }) =>
    families.map((family) => ({ folder: folderOf(directory, host.name), family, text: wanted[family] })),
  )
  for (const { folder, family, text } of files) {
    try {
      await makeDirectories(folder)
      await refuseLink(folder)
      await replaceFile(join(folder, FAMILY[family].rulesFile), text)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new UsageError(`${join(folder, FAMILY[family].rulesFile)} cannot be written: ${reason}.`)
    }
  }
  return files.length
}

function folderOf(directory: string, host: string): string {
  if (host === '.' || host === '..' || basename(host) !== host || host.includes('\0')) {
    throw new UsageError(
      `The host name ${JSON.stringify(host)} cannot be the name of a directory in ${directory}.`,
    )
  }
  return join(resolve(directory), host)
}

/** A symbolic link in place of a host's directory would lead out of it. */
async function refuseLink(folder: string): Promise<void> {
  const real = join(await realpath(dirname(folder)), basename(folder))
  if ((await realpath(folder)) !== real) throw new Error('its directory is a symbolic link')
}
