import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeDirectories } from '../lib/make-directories.ts'
import type { Schedule } from './schedule.ts'
import type { Ended, Systemd } from './systemd.ts'
import { runState } from './timer-state.ts'
import { makeTrial } from './units.ts'

/**
 * Runs a command once as the service would run its own, and tells how it ended; nothing of it is left. By a unit file in
 * `directory`, where systemd looks for units: systemd-run would need a message bus, which not every user has.
 */
export async function tryOnce(
  schedule: Schedule,
  command: readonly string[],
  { systemd, directory }: { readonly systemd: Systemd; readonly directory: string },
): Promise<Ended> {
  const results = await mkdtemp(join(tmpdir(), 'mailfw-check-'))
  const output = { stdout: join(results, 'stdout'), stderr: join(results, 'stderr') }
  const unit = makeTrial(schedule, command, output)
  const path = join(directory, unit.name)
  try {
    await makeDirectories(directory)
    await writeFile(path, unit.text, { mode: 0o644 })
    await systemd.succeed('systemctl', 'daemon-reload')
    const started = await systemd.run('systemctl', 'start', unit.name)
    const { exitStatus } = await runState(unit.name, systemd)
    const [stdout, stderr] = await Promise.all([readText(output.stdout), readText(output.stderr)])
    return { code: exitStatus, stdout, stderr: stderr === '' ? started.stderr : stderr }
  } finally {
    await rm(path, { force: true })
    await systemd.run('systemctl', 'stop', unit.name)
    await systemd.run('systemctl', 'reset-failed', unit.name)
    await systemd.run('systemctl', 'daemon-reload')
    await rm(results, { recursive: true })
  }
}

/** What does not start leaves no file. */
async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
