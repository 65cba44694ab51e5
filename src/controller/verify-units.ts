import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Systemd } from './systemd.ts'
import { SystemdError, systemdVersion, wordsOf } from './systemd.ts'
import type { Units } from './units.ts'

/** Below it, what is wrong with units of others on which ours depend cannot be told from what is wrong with ours. */
const TELLS_OURS_APART = 250

/** Rejects with SystemdError, in the words of systemd-analyze, where that has anything against the units. */
export async function verifyUnits(units: Units, systemd: Systemd): Promise<void> {
  const version = await systemdVersion(systemd)
  const directory = await mkdtemp(join(tmpdir(), 'mailfw-units-'))
  try {
    const paths = await Promise.all(
      [units.service, units.timer].map(async ({ name, text }) => {
        await writeFile(join(directory, name), text)
        return join(directory, name)
      }),
    )
    const options = ['--man=no', ...(version < TELLS_OURS_APART ? [] : ['--recursive-errors=no'])]
    const verified = await systemd.run('systemd-analyze', ...options, 'verify', ...paths)
    const said = wordsOf(verified)
    const isClean = verified.code === 0 && !paths.some((path) => said.includes(path))
    if (!isClean) throw new SystemdError(said.replaceAll(`${directory}/`, ''))
  } finally {
    await rm(directory, { recursive: true })
  }
}
