import type { Family } from '../../model/family.ts'
import { FAMILIES, FAMILY } from '../../model/family.ts'
import type { Finding } from '../../model/outcome.ts'
import type { Examination } from '../../remote/examine.ts'
import { runLines } from './lines.ts'

/** How far a family's saved file is from being loaded at boot. */
type LoaderState = 'loads' | 'missing' | 'disabled' | 'no-plugin' | 'plugin-off' | 'failed'

/** Whether what was saved is loaded at the next boot, as far as units tell. */
export function loaderFindings(examination: Examination): readonly Finding[] {
  const states = statesOf(examination)
  const of = (...wanted: readonly LoaderState[]) =>
    FAMILIES.filter((family) => wanted.some((state) => states[family] === state))
  return [
    ...notEnabled(examination, of('missing'), 'installed'),
    ...notEnabled(examination, of('disabled'), 'enabled'),
    ...withoutPlugin(examination, of('no-plugin', 'plugin-off'), of('no-plugin').length === 0),
    ...failedAtBoot(examination, of('failed')),
    ...unread(examination),
  ]
}

/** The families whose saved file a loader reads at boot. */
export function loadedFamilies(examination: Examination): readonly Family[] {
  const states = statesOf(examination)
  return FAMILIES.filter((family) => states[family] === 'loads' || states[family] === 'failed')
}

function statesOf(examination: Examination): Partial<Record<Family, LoaderState>> {
  return Object.fromEntries(
    FAMILIES.filter((family) => examination.families[family] !== undefined).map((family) => [
      family,
      stateOf(examination, family),
    ]),
  )
}

function stateOf(examination: Examination, family: Family): LoaderState {
  const { boot, distribution } = examination
  const unit = boot.units.get(distribution.loaders[family])
  const plugin = distribution.plugins?.[family]
  const pluginRuns = plugin === undefined ? true : boot.plugins.get(plugin)
  if (unit?.isThere === true && unit.isEnabled && pluginRuns === true)
    return unit.hasFailed ? 'failed' : 'loads'
  if (loadedByLine(examination, family)) return 'loads'
  if (unit?.isThere !== true) return distribution.installLoader === undefined ? 'disabled' : 'missing'
  if (!unit.isEnabled) return pluginRuns === undefined ? 'missing' : 'disabled'
  return pluginRuns === undefined ? 'no-plugin' : 'plugin-off'
}

/** `pre-up iptables-restore < /etc/iptables/rules.v4`, as people did before there were packages for it. */
function loadedByLine(examination: Examination, family: Family): boolean {
  const path = examination.families[family]?.savedPath ?? ''
  return runLines(examination).some(({ deeds }) =>
    deeds.some(({ does, files }) => does === 'loads' && files.includes(path)),
  )
}

function notEnabled(
  { distribution, families: present }: Examination,
  families: readonly Family[],
  lacks: 'installed' | 'enabled',
): readonly Finding[] {
  if (families.length === 0) return []
  const { installLoader, enableLoader } = distribution
  const isAll = families.length === Object.keys(present).length
  const what = isAll ? 'the saved rules' : `the saved ${labels(families)} rules`
  const names = namesOf(distribution, families)
  return [
    {
      code: 'no-boot-loader',
      severity: 'warning',
      message: `nothing loads ${what} at boot: ${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} not ${lacks}`,
      fix: lacks === 'enabled' ? enableLoader : `${installLoader ?? ''}; ${enableLoader}`,
    },
  ]
}

function withoutPlugin(
  { distribution }: Examination,
  families: readonly Family[],
  isThere: boolean,
): readonly Finding[] {
  const { plugins, installLoader, enableLoader } = distribution
  if (families.length === 0 || plugins === undefined) return []
  const names = families.map((family) => plugins[family])
  return [
    {
      code: 'boot-loader-plugins',
      severity: 'warning',
      message: `nothing loads the saved ${labels(families)} rules at boot: ${namesOf(distribution, families).join(' and ')} is enabled, but its plugin ${names.join(' and ')} ${isThere ? 'cannot be run' : 'is not installed'}`,
      fix: isThere
        ? `chmod 755 ${names.map((name) => `/usr/share/netfilter-persistent/plugins.d/${name}`).join(' ')}`
        : `${installLoader ?? ''}; ${enableLoader}`,
    },
  ]
}

function failedAtBoot(examination: Examination, families: readonly Family[]): readonly Finding[] {
  if (families.length === 0) return []
  const names = namesOf(examination.distribution, families)
  const again =
    examination.boot.system === 'systemd'
      ? `; once that is repaired: systemctl reset-failed ${names.join(' ')}`
      : ''
  const fix = loaderLog(examination, families)
  return [
    {
      code: 'boot-loader-failed',
      severity: 'warning',
      message: `${names.join(' and ')} failed at this boot: the saved ${labels(families)} rules may not be loaded at the next one${again}`,
      ...(fix !== undefined && { fix }),
    },
  ]
}

/** The command that shows why the loader did not load a file; nothing if we know none. */
export function loaderLog(
  { boot, distribution, families: examined }: Examination,
  families: readonly Family[],
): string | undefined {
  if (boot.system === 'systemd')
    return `journalctl -b ${namesOf(distribution, families)
      .map((name) => `-u ${name}`)
      .join(' ')}`
  const tests = families.map(
    (family) => `${FAMILY[family].command}-restore --test ${examined[family]?.savedPath ?? ''}`,
  )
  return tests.length === 0 ? undefined : tests.join('; ')
}

function unread({ boot }: Examination): readonly Finding[] {
  const what = boot.unread.map((part) =>
    part === 'units' ? 'systemd did not answer' : 'files could not be read',
  )
  return what.length === 0
    ? []
    : [
        {
          code: 'boot-unknown',
          severity: 'warning',
          message: `what runs at boot is not known, for ${what.join(' and ')} within 5 s`,
          fix: 'systemctl is-system-running',
        },
      ]
}

function namesOf(distribution: Examination['distribution'], families: readonly Family[]): readonly string[] {
  return [...new Set(families.map((family) => distribution.loaders[family]))]
}

function labels(families: readonly Family[]): string {
  return families.map((family) => FAMILY[family].label).join(' and ')
}
