import type { FleetFigures } from './fleet-run.ts'
import type { Usage } from './measure.ts'
import type { Steps } from './rules-run.ts'

/** One figure, and what it must not exceed; without a bound it is only told. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly most?: number
}

/** From so many hosts on the start of a process weighs nothing, and what is promised is asserted as it is promised. */
export const LARGE = 1_000

const RESIDENT_MB = 250
const CPU_RATIO = 1.5
/**
 * A small fleet is over before V8 has compiled what runs often, and beside other programs: there only what costs twice
 * of what it should is a defect for sure.
 */
const SMALL_RATIO = 4
const GROWTH = 1.2
/** Ten times as many rules. */
const RULES_GROWTH = 12

export function figuresOf(figures: FleetFigures): readonly Figure[] {
  const { hosts, floor, deploy, check, enforce } = figures
  const isLarge = hosts >= LARGE
  const bound = isLarge ? { most: CPU_RATIO } : {}
  // One session of those hosts that are as wanted, two of the others
  const enforceFloor = floor.one.cpuSeconds + share(figures) * (floor.two.cpuSeconds - floor.one.cpuSeconds)
  return [
    ratio('deploy: CPU beside two bare sessions', deploy.cpuSeconds / floor.two.cpuSeconds, bound),
    ratio('check: CPU beside one bare session', check.cpuSeconds / floor.one.cpuSeconds, bound),
    ratio('enforce: CPU beside as many bare sessions', enforce.cpuSeconds / enforceFloor, bound),
    ...(isLarge ? [] : withoutStart(figures)),
    ...growth(figures, isLarge),
    ...Object.entries({ deploy, check, enforce }).map(([name, { residentMb }]) => ({
      name: `${name}: resident memory`,
      value: residentMb,
      unit: 'MiB',
      most: RESIDENT_MB,
    })),
    ratio('deploy: wall time beside two bare sessions', deploy.seconds / floor.two.seconds),
    ratio('check: wall time beside one bare session', check.seconds / floor.one.seconds),
  ]
}

/** What ten times as many rules take beside the few: all steps together, and each. */
export function growthOfRules(name: string, few: Steps, many: Steps): readonly Figure[] {
  const sum = (steps: Steps) => Object.values(steps).reduce((all, seconds) => all + seconds, 0)
  return [
    ratio(`${name}: all steps beside a tenth`, sum(many) / sum(few), { most: RULES_GROWTH }),
    ...Object.entries(many).map(([step, seconds]) => ({
      name: `${name}: ${step}`,
      value: seconds,
      unit: 's',
    })),
  ]
}

export function isWithin({ value, most = Infinity }: Figure): boolean {
  return value <= most
}

function share({ hosts, drifted }: FleetFigures): number {
  return drifted / hosts
}

/** What each host more takes: the run with one host holds the start. */
function withoutStart({ deploy, check, start, floor }: FleetFigures): readonly Figure[] {
  const more = (run: Usage, first: Usage): number => run.cpuSeconds - first.cpuSeconds
  return [
    ratio('deploy: the same without the start', more(deploy, start) / more(floor.two, floor.start), {
      most: SMALL_RATIO,
    }),
    ratio('check: the same without the start', more(check, start) / more(floor.one, floor.start), {
      most: SMALL_RATIO,
    }),
  ]
}

function growth({ hosts, hundred, deploy, check }: FleetFigures, isLarge: boolean): readonly Figure[] {
  if (hundred === undefined) return []
  const bound = isLarge ? { most: GROWTH } : {}
  const grown = (all: Usage, few: Usage): number => all.cpuSeconds / hosts / (few.cpuSeconds / 100)
  return [
    ratio('deploy: CPU a host beside that of 100', grown(deploy, hundred.deploy), bound),
    ratio('check: CPU a host beside that of 100', grown(check, hundred.check), bound),
  ]
}

function ratio(name: string, value: number, bound: { readonly most?: number } = {}): Figure {
  return { name, value, unit: 'x', ...bound }
}
