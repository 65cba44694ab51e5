import type { Family } from '../../model/family.ts'
import type { Wanted } from '../../model/host.ts'
import type { Code, Finding } from '../../model/outcome.ts'
import { namesIn } from '../../remote/boot/names.ts'
import type { Examination } from '../../remote/examine.ts'
import { someOf } from '../some-of.ts'
import { runLines } from './lines.ts'
import { loadedFamilies } from './loaders.ts'

/** What the saved rules name and the loader does not know at boot: it refuses the whole file, and the host is open. */
export function needFindings(wanted: Wanted, examination: Examination): readonly Finding[] {
  const families = loadedFamilies(examination)
  return [...withoutSets(wanted, examination, families), ...withoutNames(examination)]
}

/** A set that wanted names and the kernel lacks. */
export function missingSet(
  wanted: Wanted,
  { boot, families }: Examination,
): { readonly code: Code; readonly message: string; readonly fix: string } | undefined {
  const { sets } = boot
  if (sets === undefined) return undefined
  const named = (family: Family) =>
    families[family] === undefined
      ? []
      : namesIn([wanted[family]], 'sets').filter((name) => !sets.includes(name))
  const [v4, v6] = [named('v4'), named('v6')]
  const missing = [...new Set([...v4, ...v6])]
  if (missing.length === 0) return undefined
  const isOne = missing.length === 1
  return {
    code: 'set-missing',
    message: `the rules name ${isOne ? 'a set' : 'sets'} that the host lacks: ${someOf(missing)}; start what makes ${isOne ? 'it' : 'them'}, or make ${isOne ? 'it' : 'them'} of the type that you need`,
    fix: missing
      .map((name) => `ipset create ${name} hash:net family ${v4.includes(name) ? 'inet' : 'inet6'}`)
      .join('; '),
  }
}

function withoutSets(
  wanted: Wanted,
  examination: Examination,
  families: readonly Family[],
): readonly Finding[] {
  const made = setsAtBoot(examination)
  if (made === 'unknown') return []
  const texts = families.flatMap((family) => {
    const saved = examination.families[family]?.saved
    return [wanted[family], ...(saved?.kind === 'other' ? [saved.text] : [])]
  })
  const missing = namesIn(texts, 'sets').filter((name) => !made.includes(name))
  if (missing.length === 0) return []
  const fix = keepSets(examination, missing)
  const [sets, makes] = missing.length === 1 ? ['a set', 'it'] : ['sets', 'them']
  return [
    {
      code: 'saved-set-missing',
      severity: 'warning',
      message: `the saved rules name ${sets} that nothing makes at boot (${someOf(missing)}): without ${makes} their file is refused as a whole, and the host is open`,
      ...(fix !== undefined && { fix }),
    },
  ]
}

/** `unknown`: a unit or a plugin of somebody's own makes some. */
function setsAtBoot(examination: Examination): readonly string[] | 'unknown' {
  const { boot, distribution } = examination
  const others = runLines(examination).filter(({ deeds }) => deeds.some(({ does }) => does === 'adds-sets'))
  if (others.some(({ runner }) => runner.kind === 'plugin' || runner.kind === 'unit')) return 'unknown'
  const isRead =
    distribution.plugins === undefined
      ? boot.units.get('ipset')?.isEnabled === true
      : boot.plugins.get('10-ipset') === true
  return isRead ? boot.lines.filter(({ file }) => isSetsFile(file)).map(setOf) : []
}

function isSetsFile(file: string): boolean {
  return /^\/(?:etc\/(?:iptables\/|sysconfig\/)?|var\/lib\/)ipset/.test(file)
}

/** Alpine's files have the name of their set. */
function setOf({ file, text }: { readonly file: string; readonly text: string }): string {
  const [, name] = /^(?:create|-N) (\S+)/.exec(text) ?? []
  return name ?? file.slice(file.lastIndexOf('/') + 1)
}

/** The command that makes the sets as they are now at each boot. */
function keepSets({ boot, distribution }: Examination, sets: readonly string[]): string | undefined {
  const saveTo = (path: string) => sets.map((name) => `ipset save ${name} >>${path}`).join('; ')
  if (distribution.plugins !== undefined) {
    const install = [
      'echo ipset-persistent ipset-persistent/autosave_done boolean true | debconf-set-selections',
      'apt-get install --no-remove ipset-persistent',
    ]
    return [...(boot.plugins.has('10-ipset') ? [] : install), saveTo('/etc/iptables/ipsets')].join('; ')
  }
  if (distribution.ids.includes('rhel')) {
    const enable =
      boot.units.get('ipset')?.isEnabled === true ? [] : ['dnf install ipset-service; systemctl enable ipset']
    return [...enable, saveTo('/etc/sysconfig/ipset')].join('; ')
  }
  return distribution.ids.includes('alpine') || distribution.ids.includes('gentoo')
    ? 'rc-update add ipset'
    : undefined
}

function withoutNames({ boot }: Examination): readonly Finding[] {
  return boot.unknownNames.length === 0
    ? []
    : [
        {
          code: 'saved-user-missing',
          severity: 'warning',
          message: `the rules name users or groups that are not in the host's own /etc/passwd or /etc/group (${someOf(boot.unknownNames)}): if the network tells them, the loader does not know them at boot, and refuses the whole file; write their numbers`,
        },
      ]
}
