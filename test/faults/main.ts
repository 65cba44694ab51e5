import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import pLimit from 'p-limit'
import { createLab } from '../lab/lab.ts'
import { labProblem } from '../lab/problem.ts'
import { guardedCases, guardedLabs } from '../realhost/guarded-cases.ts'
import { debianImage } from '../realhost/image.ts'
import { setup as build } from '../run/build-first.ts'
import type { Count } from '../run/count.ts'
import { drawSeed } from '../run/seed.ts'
import type { Case } from './cases.ts'
import { caseText, coveringCases, namedCases, randomCases, shareOf } from './cases.ts'
import { makeRandom } from './random.ts'
import type { Judged } from './run-wave.ts'
import { runWave } from './run-wave.ts'

/**
 * `npm run test:faults -- [--all | [--service] --runs N] [--seed S] [--case STEP/FAULT[/KIND[/ORDER]]] [--verbose]`: faults at every step
 * of a deploy, on hosts of every kind. With `--all` each step meets each fault once, without it a share of these pairs is drawn;
 * with `--runs` that many cases are. In a case's name `*` stands for every step or fault, and `?` for a step drawn for each:
 * `--case '?/*'` is every fault on every kind of host once. `--service` draws cases on booted Debians, on which systemd guards.
 * `--count FILE` writes how many passed.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string' },
    seed: { type: 'string', default: String(drawSeed()) },
    case: { type: 'string' },
    all: { type: 'boolean', default: false },
    service: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    count: { type: 'string' },
  },
})

// As many as keep two cores busy, while most hosts wait for something
/** Of all pairs of a step and a fault: what takes less than five minutes. */
const SHARE = 290

// A booted Debian takes as much as five hosts
const WAVE = values.service ? 5 : 28
const WAVES_AT_ONCE = values.service ? 1 : 6
const CASES_AT_ONCE = 4

const started = performance.now()
const problem = labProblem()
if (problem === undefined) await runCases()
else {
  console.log(`Skipped: ${problem}`)
  tellCount({ passed: 0, failed: 0, skipped: 1 })
}

async function runCases(): Promise<void> {
  build()
  const cases = casesToRun()
  console.log(`${cases.length} cases, seed ${values.seed}`)
  const left: string[] = []
  const judged = await runAll(cases, values.service ? guardedLabs(await image(), left) : createLab)
  for (const unit of left) console.log(`FAIL a service is left: ${unit}`)
  const failed = judged.filter(({ faults }) => faults.length > 0)
  console.log(`\n${outcomes(judged)}`)
  console.log(`${seconds()} s, seed ${values.seed}`)
  tellCount({ passed: judged.length - failed.length, failed: failed.length, skipped: 0 })
  process.exitCode = failed.length + left.length === 0 && judged.length > 0 ? 0 : 1
}

function tellCount(count: Count): void {
  console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
  if (values.count !== undefined) writeFileSync(values.count, JSON.stringify(count))
}

function image(): Promise<string> {
  return debianImage(process.env['MAILFW_TEST_RELEASE'] ?? 'bookworm', process.env)
}

function seconds(): number {
  return Math.round((performance.now() - started) / 1000)
}

function casesToRun(): readonly Case[] {
  const random = makeRandom(Number(values.seed))
  if (values.case !== undefined) return namedCases(values.case, random)
  if (values.service) return guardedCases(random, Number(values.runs))
  if (values.runs !== undefined) return randomCases(random, Number(values.runs))
  const covering = coveringCases(random)
  return values.all ? covering : shareOf(covering, SHARE, random)
}

async function runAll(all: readonly Case[], makeLab: typeof createLab): Promise<readonly Judged[]> {
  const limit = pLimit(WAVES_AT_ONCE)
  const waves = Array.from({ length: Math.ceil(all.length / WAVE) }, (_, index) =>
    // Neighbours in the list are of one step: each wave gets some of all
    [...all.filter((_case, place) => place % Math.ceil(all.length / WAVE) === index)].sort(slowFirst),
  )
  const results = await limit.map(waves, async (wave) => {
    const judgedWave = await runWave(wave, CASES_AT_ONCE, trace, makeLab)
    for (const each of judgedWave) report(each)
    return judgedWave
  })
  return results.flat()
}

function slowFirst(left: Case, right: Case): number {
  return Number(right.fault.isSlow === true) - Number(left.fault.isSlow === true)
}

function trace(what: string): void {
  if (values.verbose) console.log(`${seconds()} s ${what}`)
}

function report({ tried, course, faults }: Judged): void {
  const { host } = course.ending
  const told = host === undefined ? 'no outcome' : `${host.outcome} (${host.code}): ${host.message}`
  if (values.verbose || faults.length > 0) {
    console.log(
      `${faults.length === 0 ? 'ok  ' : 'FAIL'} ${caseText(tried)} ${course.ending.seconds.toFixed(1)} s: ${told}`,
    )
  }
  if (faults.length > 0)
    for (const { code, message } of host?.findings ?? []) console.log(`     ${code}: ${message}`)
  for (const fault of faults) console.log(`     ${fault.replaceAll('\n', '\n       ')}`)
}

/** How often each outcome came. */
function outcomes(all: readonly Judged[]): string {
  const counts = new Map<string, number>()
  for (const { course } of all) {
    const name = course.ending.host?.outcome ?? 'no outcome'
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return [...counts].map(([name, count]) => `${name}: ${count}`).join(', ')
}
