import type { Case } from '../faults/cases.ts'
import { isPossible } from '../faults/cases.ts'
import { FAULTS } from '../faults/faults/faults.ts'
import type { Kind } from '../faults/hosts/kinds.ts'
import type { Random } from '../faults/random.ts'
import { pick } from '../faults/random.ts'
import { STEPS } from '../faults/steps.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { guardUnits } from './guard-unit.ts'
import { createRealLab } from './real-lab.ts'

const STEP_NAMES = ['armed', 'applied', 'staged']
const FAULT_NAMES = [
  ...['controller-killed', 'rebooted', 'guard-killed', 'shell-killed', 'etc-full', 'clock-forward'],
  ...['locked-out', 'locked-out-reordered', 'locked-out-switched', 'locked-out-saved'],
  ...['locked-out-no-forks', 'locked-out-no-memory', 'locked-out-no-files'],
]

/** What a real host is; what it holds is drawn. */
const DEBIAN = { backend: 'nf_tables', shell: 'dash', user: 'root', ipv6: 'on', way: 'direct' } as const
const KINDS: readonly Kind[] = (['virgin', 'full'] as const).map((rules) => ({ ...DEBIAN, rules }))

/** So many cases in which systemd guards; no fault comes again before each other one has come. */
export function guardedCases(random: Random, count: number): readonly Case[] {
  const faults = FAULTS.filter(({ name }) => FAULT_NAMES.includes(name))
  const rounds = Array.from({ length: Math.ceil(count / faults.length) }, () => shuffled(random, faults))
  return rounds
    .flat()
    .slice(0, count)
    .map((fault) => {
      const kind = pick(random, KINDS)
      const steps = STEPS.filter(({ name }) => STEP_NAMES.includes(name))
      const step = pick(
        random,
        steps.filter((each) => isPossible({ step: each, fault, kind })),
      )
      return { step, fault, kind, rebootsFirst: random() < 0.5 }
    })
}

/** Starts labs of real hosts; `left` gets the names of services of ours that are left when they are closed. */
export function guardedLabs(image: string, left: string[]): (specs: readonly HostSpec[]) => Promise<Lab> {
  return async (specs) => {
    const lab = await createRealLab(image, specs)
    const close = async () => {
      // One that cannot be asked must not hide why
      for (const host of lab.hosts.values())
        left.push(...(await guardUnits(host).catch((error: unknown) => [String(error)])))
      await lab.close()
    }
    // Postfix and Dovecot keep the processes that a visit has started, and nothing is to be left here
    const inventory: Lab['inventory'] = ({ all, ...vars } = {}, fileName) =>
      lab.inventory({ ...vars, all: { ...all, mailfw_probes: false } }, fileName)
    return { ...lab, inventory, close }
  }
}

function shuffled<T>(random: Random, list: readonly T[]): readonly T[] {
  return list
    .map((item) => ({ item, place: random() }))
    .sort((left, right) => left.place - right.place)
    .map(({ item }) => item)
}
