import { expect, it } from 'vitest'
import type { Case } from '../faults/cases.ts'
import { caseText } from '../faults/cases.ts'
import { FAULTS } from '../faults/faults.ts'
import type { Kind } from '../faults/kinds.ts'
import type { Random } from '../faults/random.ts'
import { makeRandom, pick } from '../faults/random.ts'
import { runWave } from '../faults/run-wave.ts'
import { STEPS } from '../faults/steps.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { drawSeed } from '../run/seed.ts'
import { describeReal } from './describe-real.ts'
import { guardUnits } from './guard-unit.ts'
import { createRealLab } from './real-lab.ts'

const STEP_NAMES = ['armed', 'applied', 'staged']
const FAULT_NAMES = [
  'controller-killed',
  'rebooted',
  'guard-killed',
  'shell-killed',
  'etc-full',
  'clock-forward',
]

/** What a real host is; what it holds is drawn. */
const DEBIAN = { backend: 'nf_tables', shell: 'dash', user: 'root', ipv6: 'on' } as const

describeReal('a real host to which something happens while systemd guards it', (image) => {
  const seed = drawSeed()
  const cases = draw(seed)
  const leftUnits: string[] = []
  const makeLab = async (specs: readonly HostSpec[]): Promise<Lab> => {
    const lab = await createRealLab(image, specs)
    const close = async () => {
      for (const host of lab.hosts.values()) leftUnits.push(...(await guardUnits(host).catch(messageOf)))
      await lab.close()
    }
    // Postfix and Dovecot keep the processes that a visit has started, and nothing is to be left here
    const inventory: Lab['inventory'] = ({ all, ...vars } = {}, fileName) =>
      lab.inventory({ ...vars, all: { ...all, mailfw_probes: false } }, fileName)
    return { ...lab, inventory, close }
  }

  it(`is as it was or as wanted, and cleared by the next run; MAILFW_TEST_SEED=${seed}`, async () => {
    const judged = await runWave(cases, cases.length, () => undefined, makeLab)
    const wrong = judged.map(({ tried, faults }) => [caseText(tried), ...faults])
    expect(wrong).toEqual(cases.map((tried) => [caseText(tried)]))
    expect(leftUnits).toEqual([])
  })
})

/** Each fault once, each step twice. */
function draw(seed: number): readonly Case[] {
  const random = makeRandom(seed)
  const places = shuffled(random, [...STEP_NAMES, ...STEP_NAMES])
  return FAULT_NAMES.map((name, index) => {
    const rules = pick(random, ['virgin', 'full'] as const)
    const kind: Kind = { ...DEBIAN, rules }
    return {
      step: named(STEPS, places[index]),
      fault: named(FAULTS, name),
      kind,
      rebootsFirst: random() < 0.5,
    }
  })
}

function shuffled<T>(random: Random, list: readonly T[]): readonly T[] {
  return list
    .map((item) => ({ item, place: random() }))
    .sort((left, right) => left.place - right.place)
    .map(({ item }) => item)
}

function named<T extends { readonly name: string }>(list: readonly T[], name: string | undefined): T {
  const item = list.find((each) => each.name === name)
  if (item === undefined)
    throw new Error(`Expected one of ${list.map((each) => each.name).join(', ')}, got ${String(name)}`)
  return item
}

/** One that cannot be asked must not hide why. */
function messageOf(error: unknown): readonly string[] {
  return [String(error)]
}
