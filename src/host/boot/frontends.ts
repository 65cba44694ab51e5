import type { Examination } from '../../remote/examine.ts'
import type { Code } from '../../model/outcome.ts'
import { FRONTENDS } from '../../remote/boot/questions.ts'
import { parseRuleset } from '../../ruleset/parse.ts'
import { disableUnit } from './disable.ts'

interface Refused {
  readonly code: Code
  readonly message: string
  readonly fix?: string
}

/** Programs that write all rules themselves, and are enabled or live; one that is only installed is not met. */
export function frontends(examination: Examination): readonly Refused[] {
  const { boot } = examination
  const units = FRONTENDS.flatMap((name) => {
    const unit = boot.units.get(name)
    const isIdle = boot.idle.includes(programOf(name))
    if (unit?.isThere !== true || isIdle || (!unit.isEnabled && !unit.isActive)) return []
    return [{ name, isEnabled: unit.isEnabled }]
  })
  const programs = new Set([
    ...units.map(({ name }) => programOf(name)),
    ...liveChains(examination),
    ...(boot.hasAwallPolicies ? ['awall'] : []),
  ])
  return [...programs].map((program) => {
    const enabled = units.filter(({ name, isEnabled }) => programOf(name) === program && isEnabled)
    const isEnabled = enabled.length > 0 || program === 'awall'
    const fix = enabled.map(({ name }) => disableUnit(examination, name)).join('; ')
    return {
      code: 'other-firewall' as const,
      message: `${program} ${program === 'awall' ? 'has policies that are enabled' : `is ${isEnabled ? 'enabled' : 'live'}`} on the host, and replaces all rules with its own${isEnabled ? '' : '; stopped, it may leave none'}`,
      ...(fix !== '' && { fix }),
    }
  })
}

function programOf(unit: string): string {
  if (unit === 'lfd') return 'csf'
  return unit.startsWith('shorewall') ? 'shorewall' : unit
}

/** By chains that no other program makes. */
const CHAINS: readonly (readonly [program: string, isIts: (names: readonly string[]) => boolean])[] = [
  [
    'csf',
    (names) => names.includes('LOCALINPUT') && (names.includes('DENYIN') || names.includes('LOCALOUTPUT')),
  ],
  ['shorewall', (names) => names.includes('shorewall')],
  ['firehol', (names) => names.some((name) => /^in_.+_[sc]\d+$/.test(name))],
]

function liveChains({ families }: Examination): readonly string[] {
  const names = Object.values(families).flatMap(({ live }) =>
    parseRuleset(live)
      .filter((table) => table.name === 'filter')
      .flatMap(({ chains }) => chains.map(({ name }) => name)),
  )
  return CHAINS.filter(([, isIts]) => isIts(names)).map(([program]) => program)
}
