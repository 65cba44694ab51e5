import type { Schedule } from './schedule.ts'
import { serviceSettings } from './service-settings.ts'
import type { Ended, Systemd } from './systemd.ts'
import { pathProperty } from './unit-quote.ts'
import { unitName } from './units.ts'

/** Runs a command once as the service would run its own, and tells how it ended. Nothing of it is left. */
export function tryOnce(schedule: Schedule, command: readonly string[], systemd: Systemd): Promise<Ended> {
  return systemd.run('systemd-run', ...trialWords(schedule, command))
}

/** The words of systemd-run: it expands no specifiers, but variables, as ExecStart= does. */
export function trialWords(schedule: Schedule, command: readonly string[]): readonly string[] {
  const { scope, inventory, environment, writable } = schedule
  const properties = serviceSettings(schedule).map(([name, value]) => `${name}=${value}`)
  const writablePaths = scope === 'system' ? writable : []
  return [
    ...['--quiet', '--wait', '--pipe', '--collect', '--no-ask-password'],
    `--unit=${unitName(inventory)}-check`,
    ...Object.entries(environment).map(([name, value]) => `--setenv=${name}=${value}`),
    ...properties.map((property) => `--property=${property}`),
    ...writablePaths.map((path) => `--property=ReadWritePaths=${pathProperty(path)}`),
    '--',
    ...command.map((word) => word.replaceAll('$', '$$$$')),
  ]
}
