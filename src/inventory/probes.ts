import type { Probes } from '../model/host.ts'
import { suggestion } from './nearest.ts'
import { aliased } from './setting-merge.ts'
import type { Setting, SettingReader } from './setting-reader.ts'
import { shown } from './shown.ts'
import type { Variables } from './variable-set.ts'

const DEFAULT: Probes = { services: 'all', timeoutSeconds: 5, banner: true }

/** `mailfw_probes` of a host, false where nothing is to be tried. A service that the host never had is reported. */
export function readProbes(variables: Variables, reader: SettingReader): Probes | false {
  const setting = reader.setting(variables, 'mailfw_probes')
  if (setting === undefined) return DEFAULT
  const { services, timeout_seconds, banner } = setting.value
  if (services?.length === 0) return false
  if (services != null) refuseStrangers(setting, services, variables, reader)
  return {
    services: services?.map(aliased) ?? DEFAULT.services,
    timeoutSeconds: timeout_seconds ?? DEFAULT.timeoutSeconds,
    banner: banner ?? DEFAULT.banner,
  }
}

/** One that a level removed is no stranger: a group names its services once, for hosts that have some of them. */
function refuseStrangers(
  { variable }: Setting<'mailfw_probes'>,
  services: readonly string[],
  variables: Variables,
  reader: SettingReader,
): void {
  const known = Object.keys(reader.setting(variables, 'mailfw_services')?.value ?? {})
  for (const [index, name] of services.entries()) {
    if (known.includes(aliased(name))) continue
    const message = `expected a service of mailfw_services, got ${shown(name)}${suggestion(name, known)}`
    reader.problem(variable, ['services', String(index)], message)
  }
}
