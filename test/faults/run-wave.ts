import { readFileSync } from 'node:fs'
import pLimit from 'p-limit'
import { MAILFW, OPEN, SHORTEST } from '../e2e/mailfw.ts'
import type { LabHost } from '../lab/host.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import type { Case } from './cases.ts'
import { caseText } from './cases.ts'
import { readHosts } from './deploy-run.ts'
import { hostOf } from './fault-host.ts'
import type { ByFamily, FamilyName, Look } from './oracle/look.ts'
import { lookAt } from './oracle/look.ts'
import type { Rules } from './oracle/rules.ts'
import { readRules, tablesOf } from './oracle/rules.ts'
import type { Expectation } from './oracle/state.ts'
import type { Course } from './oracle/verdict.ts'
import { judgeNextRun, judgeReboot, judgeRun } from './oracle/verdict.ts'
import { runCase } from './run-case.ts'

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
  const names = cases.map((_, index) => `mx${index + 1}`)
  const lab = await makeLab(cases.map((tried, index) => hostOf(tried, names[index] ?? '')))
  const limit = pLimit(atOnce)
  const each = <T>(work: (tried: Case, host: LabHost, index: number) => Promise<T>) =>
    limit.map(cases, (tried, index) => work(tried, lab.host(names[index] ?? ''), index))
  try {
    const disturbed = await inventoryOf(lab, cases, 'disturbed', SHORTEST)
    const calm = await inventoryOf(lab, [], 'calm', 60)
    const expectations = await each((_, host) => expectationOf(lab, host, disturbed))
    const courses = await each(async (tried, host) => {
      const course = await runCase(lab, tried, host, disturbed.inventory, tell)
      tell(`ended ${caseText(tried)}`)
      return course
    })
    const first = await each(async (tried, host) => {
      if (!tried.rebootsFirst) return undefined
      tell(`reboot ${caseText(tried)}`)
      const look = await rebooted(lab, host)
      tell(`rebooted ${caseText(tried)}`)
      return look
    })
    const found = await each((_, host) => lookAt(lab, host))
    const { stdout } = await lab.controller(
      [...MAILFW, 'deploy', calm.inventory, '--max-failures', '1000', '--output', 'json'],
      {
        timeoutSeconds: 300,
      },
    )
    const reported = readHosts(stdout)
    const cleared = await each((_, host) => lookAt(lab, host))
    const calmly = await each(async (_, host, index) => ({
      ...at(expectations, index),
      ...(await wantedOf(host, calm.rendered)),
    }))
    const last = await each(async (tried, host) => (tried.rebootsFirst ? undefined : rebooted(lab, host)))
    return cases.map((tried, index) => {
      const expectation = at(expectations, index)
      const course = at(courses, index)
      const host = names[index] ?? ''
      const afterReboot = first[index] ?? last[index]
      const next = {
        found: at(found, index),
        reported: reported.find((each) => each.host === host),
        after: at(cleared, index),
      }
      return {
        tried,
        course,
        faults: [
          ...judgeRun(tried, expectation, course),
          ...judgeNextRun(tried, at(calmly, index), next),
          ...(afterReboot === undefined
            ? []
            : judgeReboot(tried, tried.rebootsFirst ? expectation : at(calmly, index), afterReboot)),
        ],
      }
    })
  } finally {
    await lab.close()
  }
}

/** An inventory of all hosts, and what is rendered of it. */
interface Rendered {
  readonly inventory: string
  readonly rendered: string
}

async function inventoryOf(
  lab: Lab,
  cases: readonly Case[],
  name: string,
  confirmSeconds: number,
): Promise<Rendered> {
  const all = { ...OPEN, mailfw_confirm_seconds: confirmSeconds }
  const hosts = Object.fromEntries(
    cases.map(({ fault }, index) => [`mx${index + 1}`, fault.vars ?? {}] as const),
  )
  const inventory = await lab.inventory({ all, hosts }, `${name}.yaml`)
  const rendered = `${lab.home}/${name}`
  const { code, stderr } = await lab.controller([...MAILFW, 'render', inventory, '--out', rendered])
  if (code !== 0) throw new Error(`Expected rendered files, got: ${stderr}`)
  return { inventory, rendered }
}

async function expectationOf(lab: Lab, host: LabHost, { rendered }: Rendered): Promise<Expectation> {
  const before = await lookAt(lab, host)
  const loaded = await printedBy(host, before.saved)
  return { before, loaded, ...(await wantedOf(host, rendered)) }
}

type Wanted = Pick<Expectation, 'wanted' | 'wantedText' | 'wantedTables'>

async function wantedOf(host: LabHost, rendered: string): Promise<Wanted> {
  const read = (family: FamilyName) => readFileSync(`${rendered}/${host.name}/rules.${family}`, 'utf8')
  const wantedText = { v4: read('v4'), v6: read('v6') }
  return {
    wantedText,
    wanted: await printedBy(host, wantedText),
    wantedTables: { v4: tablesOf(wantedText.v4), v6: tablesOf(wantedText.v6) },
  }
}

/** What a host's own iptables prints when these texts are all that is loaded: in a network of nobody's. */
async function printedBy(host: LabHost, texts: ByFamily<string | undefined>): Promise<ByFamily<Rules>> {
  const print = async (command: string, text: string | undefined) =>
    text === undefined
      ? new Map()
      : readRules(
          await host.succeed(`unshare -n sh -c '/usr/sbin/${command}-restore && ${command}-save'`, {
            input: text,
          }),
        )
  const [v4, v6] = await Promise.all([print('iptables', texts.v4), print('ip6tables', texts.v6)])
  return { v4, v6 }
}

async function rebooted(lab: Lab, host: LabHost): Promise<Look> {
  await host.reboot()
  return lookAt(lab, host)
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index]
  if (item === undefined) throw new Error(`Expected ${index + 1} of something, got ${list.length}`)
  return item
}
