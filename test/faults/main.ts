import { parseArgs } from 'node:util'
import pLimit from 'p-limit'
import { labProblem } from '../lab/problem.ts'
import { setup as build } from '../run/build-first.ts'
import type { Case } from './cases.ts'
import { caseText, coveringCases, namedCases, randomCases } from './cases.ts'
import { makeRandom } from './random.ts'
import type { Judged } from './run-wave.ts'
import { runWave } from './run-wave.ts'

/**
 * `npm run test:faults -- [--runs N] [--seed S] [--case STEP/FAULT[/KIND[/ORDER]]]`: faults at every step of a deploy, on hosts of
 * every kind. Without `--runs` each step meets each fault once; with it that many cases are drawn.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
    case: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
})

const WAVE = 46
const WAVES_AT_ONCE = 2
const CASES_AT_ONCE = 14

build()
const problem = labProblem()
if (problem !== undefined) throw new Error(problem)
const started = performance.now()
const cases = casesToRun()
console.log(`${cases.length} cases, seed ${values.seed}`)
const judged = await runAll(cases)
const failed = judged.filter(({ faults }) => faults.length > 0)
const seconds = Math.round((performance.now() - started) / 1000)
console.log(`\n${outcomes(judged)}`)
console.log(`${seconds} s, seed ${values.seed}`)
console.log(`${judged.length - failed.length} passed, ${failed.length} failed, 0 skipped`)
process.exitCode = failed.length === 0 ? 0 : 1

function casesToRun(): readonly Case[] {
  if (values.case !== undefined) return namedCases(values.case)
  const random = makeRandom(Number(values.seed))
  return values.runs === undefined ? coveringCases(random) : randomCases(random, Number(values.runs))
}

async function runAll(all: readonly Case[]): Promise<readonly Judged[]> {
  const limit = pLimit(WAVES_AT_ONCE)
  const waves = Array.from({ length: Math.ceil(all.length / WAVE) }, (_, index) =>
    // Neighbours in the list are of one step: each wave gets some of all
    all.filter((_case, place) => place % Math.ceil(all.length / WAVE) === index),
  )
  const results = await limit.map(waves, async (wave) => {
    const judgedWave = await runWave(wave, CASES_AT_ONCE, (what) => { if (values.verbose) console.log(`${Math.round((performance.now() - started) / 1000)} s ${what}`) })
    for (const each of judgedWave) report(each)
    return judgedWave
  })
  return results.flat()
}

function report({ tried, course, faults }: Judged): void {
  const { host, seconds } = course.ending
  const told = host === undefined ? 'no outcome' : `${host.outcome} (${host.code}): ${host.message}`
  if (values.verbose || faults.length > 0) {
    console.log(
      `${faults.length === 0 ? 'ok  ' : 'FAIL'} ${caseText(tried)} ${seconds.toFixed(1)} s: ${told}`,
    )
  }
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
