import type { Fault } from './faults/faults.ts'
import { FAULTS } from './faults/faults.ts'
import type { Kind } from './hosts/kinds.ts'
import { KIND_FACTORS, KINDS, kindText } from './hosts/kinds.ts'
import type { Random } from './random.ts'
import { pick } from './random.ts'
import type { Step } from './steps.ts'
import { isOfConnection, STEPS } from './steps.ts'

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
  const newsOf = (each: Drawn) => pairsOf(each).filter((pair) => !met.has(pair))
  const draw = (from: readonly Drawn[], place: number): Case => {
    const news = from.map((each) => newsOf(each).length)
    const most = Math.max(...news)
    const drawn = pick(
      random,
      from.filter((_each, index) => news[index] === most),
    )
    for (const pair of pairsOf(drawn)) met.add(pair)
    return { ...drawn, rebootsFirst: shutsOut(drawn.fault) || place % 2 === 0 }
  }
  const once = STEPS.flatMap((step, row) =>
    FAULTS.flatMap((fault, column) => {
      const from = possibleOf(step, fault)
      return from.length === 0 ? [] : [draw(from, row + column)]
    }),
  )
  // A fault of few steps meets the rest of the kinds by being there more often
  const all = STEPS.flatMap((step) => FAULTS.flatMap((fault) => possibleOf(step, fault)))
  const more: Case[] = []
  for (let left = withNews(all, met); left.length > 0; left = withNews(left, met))
    more.push(draw(left, more.length))
  return [...once, ...more]
}

type Drawn = Pick<Case, 'step' | 'fault' | 'kind'>

function withNews(all: readonly Drawn[], met: ReadonlySet<string>): readonly Drawn[] {
  return all.filter((each) => pairsOf(each).some((pair) => !met.has(pair)))
}

function possibleOf(step: Step, fault: Fault): readonly Drawn[] {
  return KINDS.map((kind) => ({ step, fault, kind })).filter(isPossible)
}

/** Cases of any kind, as they come. */
export function randomCases(random: Random, runs: number): readonly Case[] {
  return Array.from({ length: runs }, () => {
    const fault = pick(random, FAULTS)
    const rebootsFirst = shutsOut(fault) || random() < 0.5
    const kind = pick(
      random,
      KINDS.filter((each) => stepsOf(fault, each).length > 0),
    )
    return { step: pick(random, stepsOf(fault, kind)), fault, kind, rebootsFirst }
  })
}

/** Whether the fault can happen at the step, on that kind of host. */
export function isPossible({ step, fault, kind }: Drawn): boolean {
  const { steps, ways, suits, vars } = fault
  // On itself no step is of a connection, and no rules are tried that shut out who is there
  const comes = kind.way !== 'itself' || (!isOfConnection(step) && vars === undefined)
  return (
    comes &&
    steps?.includes(step.name) !== false &&
    ways?.includes(kind.way) !== false &&
    suits?.(kind, step.name) !== false
  )
}

function stepsOf(fault: Fault, kind: Kind): readonly Step[] {
  return STEPS.filter((step) => isPossible({ step, fault, kind }))
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
  const steps = (fault: Fault, kind: Kind) => {
    const all = stepsOf(fault, kind)
    if (stepName === '?') return all.length === 0 ? [] : [pick(random, all)]
    return all.filter(({ name }) => name === stepName || stepName === '*')
  }
  return FAULTS.filter(({ name }) => name === faultName || faultName === '*').flatMap((fault) =>
    kinds.flatMap((kind) =>
      steps(fault, kind).map((step) => ({
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
  const ofKind = kindPairs.get(kind) ?? crossed(valuesOf(kind))
  kindPairs.set(kind, ofKind)
  const places = [`step=${step.name}`, `fault=${fault.name}`]
  const others = valuesOf(kind)
  return [
    places.join(' '),
    ...places.flatMap((place) => others.map((other) => `${place} ${other}`)),
    ...ofKind,
  ]
}

/** Asked for tens of thousands of times. */
const kindPairs = new Map<Kind, readonly string[]>()

function valuesOf(kind: Kind): readonly string[] {
  return Object.keys(KIND_FACTORS).map((factor) => `${factor}=${kind[factor as keyof Kind]}`)
}

function crossed(values: readonly string[]): readonly string[] {
  return values.flatMap((left, index) => values.slice(index + 1).map((right) => `${left} ${right}`))
}
