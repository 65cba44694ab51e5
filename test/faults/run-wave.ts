import type { LimitFunction } from 'p-limit'
import pLimit from 'p-limit'
import { MAILFW, OPEN, SHORTEST, TAKES_RULES } from '../e2e/mailfw.ts'
import type { LabHost } from '../lab/host.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import type { Case } from './cases.ts'
import { caseText } from './cases.ts'
import { readHosts } from './deploy-run.ts'
import { hostOf, nameOf } from './hosts/fault-host.ts'
import type { Rendered } from './expectation.ts'
import { expectationOf, inventoryOf, wantedOf } from './expectation.ts'
import type { Look } from './oracle/look.ts'
import { lookAt } from './oracle/look.ts'
import type { Expectation } from './oracle/state.ts'
import type { Course, NextRun } from './oracle/verdict.ts'
import { judgeNextRun, judgeReboot, judgeRun } from './oracle/verdict.ts'
import { runCase } from './run-case.ts'
import { dialled, layWay, partnerOf, partnerSpec } from './hosts/ways.ts'

export interface Judged {
  readonly tried: Case
  readonly course: Course
  /** Sentences of what is wrong; none where the case passed. */
  readonly faults: readonly string[]
}

/**
 * Runs some cases, each on a host of its own, `atOnce` of them at a time: the run with its fault, then in the case's order a
 * reboot and one undisturbed run over all hosts, with a look after each.
 */
export async function runWave(
  cases: readonly Case[],
  atOnce: number,
  tell: (what: string) => void,
  makeLab: (specs: readonly HostSpec[]) => Promise<Lab> = createLab,
): Promise<readonly Judged[]> {
  const lab = await makeLab([
    ...cases.map((tried, index) => hostOf(tried, nameOf(index))),
    ...cases.flatMap(partnerSpec),
  ])
  try {
    return await runOn(lab, cases, pLimit(atOnce), tell)
  } finally {
    await lab.close()
  }
}

/** Each phase ends on all hosts before the next one begins: the undisturbed run is one run. */
async function runOn(
  lab: Lab,
  cases: readonly Case[],
  limit: LimitFunction,
  tell: (what: string) => void,
): Promise<readonly Judged[]> {
  const trials = cases.map((tried, index) => ({ tried, index, host: lab.host(nameOf(index)) }))
  const each = <T>(work: (trial: Trial) => Promise<T>) => limit.map(trials, work)
  const rebootThose = (isMeant: (tried: Case) => boolean) =>
    each(async ({ tried, host }) => {
      if (!isMeant(tried)) return undefined
      await host.reboot()
      return lookAt(lab, host)
    })

  const disturbed = await inventoryOf(lab, cases, 'disturbed', SHORTEST)
  const settings = { ...OPEN, mailfw_confirm_seconds: SHORTEST }
  await each(({ tried, index }) => layWay(lab, tried, index, settings))
  const expectations = await each(({ host }) => expectationOf(lab, host, disturbed))
  const courses = await each(async ({ tried, index, host }) => {
    const place = { host, partner: partnerOf(lab, index), addresses: dialled(lab, tried, index) }
    const course = await runCase(lab, tried, place, disturbed.inventory, tell)
    tell(`ended ${caseText(tried)}`)
    return course
  })
  const early = await rebootThose(({ rebootsFirst }) => rebootsFirst)
  const calm = await inventoryOf(lab, cases, 'calm', CALM)
  const found = courses.map(({ after }, index) => early[index] ?? after)
  const nextRuns = await runCalmly(lab, calm, found, each)
  const calmly = await each(({ host }) => wantedOf(host, calm.rendered))
  const late = await rebootThose(({ rebootsFirst }) => !rebootsFirst)

  return trials.map(({ tried }, index) => {
    const expectation = at(expectations, index)
    const course = at(courses, index)
    const next = { ...expectation, ...at(calmly, index) }
    const judgeBoot = (seen: Look | undefined, meant: Expectation) =>
      seen === undefined ? [] : judgeReboot(tried, meant, seen)
    return {
      tried,
      course,
      faults: [
        ...judgeRun(tried, expectation, course),
        ...judgeBoot(early[index], expectation),
        ...judgeNextRun(tried, next, at(nextRuns, index)),
        ...judgeBoot(late[index], next),
      ],
    }
  })
}

/** Longer than any machine is busy: nothing goes wrong now. */
const CALM = 60

interface Trial {
  readonly tried: Case
  readonly index: number
  readonly host: LabHost
}

async function runCalmly(
  lab: Lab,
  { inventory }: Rendered,
  found: readonly Look[],
  each: <T>(work: (trial: Trial) => Promise<T>) => Promise<T[]>,
): Promise<readonly NextRun[]> {
  const flags = [
    '--batch',
    '100%',
    '--max-failures',
    '1000',
    '--output',
    'json',
    '--limit',
    `${nameOf(0).slice(0, -1)}*`,
    ...TAKES_RULES,
  ]
  const words = [...MAILFW, 'deploy', inventory, ...flags]
  const { stdout } = await lab.controller(words, { timeoutSeconds: 300 })
  const reported = new Map(readHosts(stdout).map((host) => [host.host, host]))
  const after = await each(({ host }) => lookAt(lab, host))
  return found.map((look, index) => ({
    found: look,
    reported: reported.get(nameOf(index)),
    after: at(after, index),
  }))
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index]
  if (item === undefined) throw new Error(`Expected ${index + 1} of something, got ${list.length}`)
  return item
}
