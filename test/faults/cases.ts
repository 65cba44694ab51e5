import type { Fault } from './faults.ts'
import { FAULTS } from './faults.ts'
import type { Kind } from './kinds.ts'
import { KIND_FACTORS, KINDS, kindText } from './kinds.ts'
import type { Random } from './random.ts'
import { pick } from './random.ts'
import type { Step } from './steps.ts'
import { STEPS } from './steps.ts'

/** One fault, at one step, on one kind of host. */
export interface Case {
  readonly step: Step
  readonly fault: Fault
  readonly kind: Kind
  /** Whether the host is rebooted before the next run comes, or after it; before where the fault may shut everybody out. */
  readonly rebootsFirst: boolean
}

export function caseText({ step, fault, kind, rebootsFirst }: Case): string {
  return `${step.name}/${fault.name}/${kindText(kind)}/${rebootsFirst ? 'reboot-run' : 'run-reboot'}`
}

/**
 * Every step with every fault once, with the kinds of host spread over them so that each value of each factor meets each
 * step, each fault and each value of each other factor.
 */
export function coveringCases(random: Random): readonly Case[] {
  const met = new Set<string>()
  const pairs = STEPS.flatMap((step, row) =>
    FAULTS.map((fault, column) => ({
      step,
      fault,
      rebootsFirst: shutsOut(fault) || (row + column) % 2 === 0,
    })).filter(isPossible),
  )
  return pairs.map(({ step, fault, rebootsFirst }) => {
    const news = (kind: Kind) => pairsOf({ step, fault, kind }).filter((pair) => !met.has(pair))
    const most = Math.max(...KINDS.map((kind) => news(kind).length))
    const kind = pick(
      random,
      KINDS.filter((each) => news(each).length === most),
    )
    for (const pair of news(kind)) met.add(pair)
    return { step, fault, kind, rebootsFirst }
  })
}

/** Cases of any kind, as they come. */
export function randomCases(random: Random, runs: number): readonly Case[] {
  return Array.from({ length: runs }, () => {
    const fault = pick(random, FAULTS)
    const rebootsFirst = shutsOut(fault) || random() < 0.5
    return { step: pick(random, stepsOf(fault)), fault, kind: pick(random, KINDS), rebootsFirst }
  })
}

/** A run that shuts its controller out comes to no step after that. */
export function isPossible({ step, fault }: Pick<Case, 'step' | 'fault'>): boolean {
  return fault.vars === undefined || STEPS.indexOf(step) <= STEPS.findIndex(({ name }) => name === 'applied')
}

function stepsOf(fault: Fault): readonly Step[] {
  return STEPS.filter((step) => isPossible({ step, fault }))
}

/** So many of them, of each fault as many as of any other. */
export function shareOf(cases: readonly Case[], size: number, random: Random): readonly Case[] {
  const drawn = FAULTS.flatMap((fault) =>
    cases
      .filter((each) => each.fault === fault)
      .map((tried) => ({ tried, place: random() }))
      .sort((one, other) => one.place - other.place)
      .map(({ tried }, round) => ({ tried, round: round + random() })),
  )
  return drawn
    .sort((one, other) => one.round - other.round)
    .slice(0, size)
    .map(({ tried }) => tried)
}

/**
 * The cases that a text of `caseText` names; the kind and the order may be left out. For a step or a fault `*` names all,
 * and `?` a step drawn for each.
 */
export function namedCases(text: string, random: Random = Math.random): readonly Case[] {
  const [stepName, faultName, kindName, order] = text.split('/')
  const kinds = KINDS.filter((kind) => kindName === undefined || kindText(kind) === kindName)
  const steps = (fault: Fault) =>
    stepName === '?'
      ? [pick(random, stepsOf(fault))]
      : stepsOf(fault).filter(({ name }) => name === stepName || stepName === '*')
  return FAULTS.filter(({ name }) => name === faultName || faultName === '*').flatMap((fault) =>
    kinds.flatMap((kind) =>
      steps(fault).map((step) => ({
        ...{ step, fault, kind },
        rebootsFirst: shutsOut(fault) || order !== 'run-reboot',
      })),
    ),
  )
}

/** An admin's flush leaves a policy that drops and nothing that lets in. */
function shutsOut({ allows = {} }: Fault): boolean {
  return allows.flushes === true
}

/** Every pair of a factor's value and a step, a fault, or another factor's value that a case brings together. */
export function pairsOf({ step, fault, kind }: Pick<Case, 'step' | 'fault' | 'kind'>): readonly string[] {
  const values = [
    `step=${step.name}`,
    `fault=${fault.name}`,
    ...Object.keys(KIND_FACTORS).map((factor) => `${factor}=${kind[factor as keyof Kind]}`),
  ]
  return values.flatMap((left, index) => values.slice(index + 1).map((right) => `${left} ${right}`))
}
