import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { makeRandom, pick } from '../faults/random.ts'
import { labProblem } from '../lab/problem.ts'
import { setup as build } from '../run/build-first.ts'
import type { Count } from '../run/count.ts'
import { drawSeed } from '../run/seed.ts'
import { EDITS } from './edit.ts'
import { kernelCases } from './kernel-half.ts'
import type { Judged } from './pure-case.ts'
import { pureCase } from './pure-case.ts'
import { renderedRulesets, rulesetsByHand } from './rulesets.ts'

/**
 * `npm run test:drift -- [--edits N] [--on-kernel N] [--seed S] [--verbose]`: single edits at random, to what is live or saved, each
 * of which has to be named: `--edits` of them by the plan that check shows, `--on-kernel` on real hosts by the check itself.
 * `--count FILE` writes how many were.
 */
const { values } = parseArgs({
  options: {
    edits: { type: 'string', default: '1000' },
    'on-kernel': { type: 'string', default: '50' },
    seed: { type: 'string', default: String(drawSeed()) },
    verbose: { type: 'boolean', default: false },
    count: { type: 'string' },
  },
})

const kindsOfRulesets = [await renderedRulesets(), rulesetsByHand()]
const random = makeRandom(Number(values.seed))
console.log(`${values.edits} edits of ${kindsOfRulesets.flat().length} rulesets, seed ${values.seed}`)
const pure = Array.from({ length: Number(values.edits) }, () =>
  pureCase(random, pick(random, pick(random, kindsOfRulesets))),
)
tell(pure)
const problem = labProblem()
const onKernel = problem === undefined ? await editHosts() : []
if (problem !== undefined) console.log(`Skipped on a kernel: ${problem}`)
tellCount([...pure, ...onKernel])

async function editHosts(): Promise<readonly Judged[]> {
  const started = performance.now()
  build()
  console.log(`${values['on-kernel']} edits of hosts, seed ${values.seed}`)
  const judged = await kernelCases(Number(values.seed), Number(values['on-kernel']))
  tell(judged)
  console.log(`${Math.round((performance.now() - started) / 1000)} s`)
  return judged
}

function tell(judged: readonly Judged[]): void {
  for (const each of judged) report(each)
  console.log(kinds(judged))
}

function report({ name, edit, misses }: Judged): void {
  if (!values.verbose && misses.length === 0) return
  console.log(`${misses.length === 0 ? 'ok  ' : 'MISS'} ${edit.kind} in ${name}: ${edit.what}`)
  for (const miss of misses) console.log(`     ${miss}`)
}

/** How often each kind of edit came. */
function kinds(judged: readonly Judged[]): string {
  const count = (kind: string) => judged.filter(({ edit }) => edit.kind === kind).length
  return EDITS.map((kind) => `${kind}: ${count(kind)}`).join(', ')
}

function tellCount(judged: readonly Judged[]): void {
  const passed = judged.filter(({ misses }) => misses.length === 0).length
  const count: Count = { passed, failed: judged.length - passed, skipped: problem === undefined ? 0 : 1 }
  console.log(`seed ${values.seed}: ${passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
  if (values.count !== undefined) writeFileSync(values.count, JSON.stringify(count))
  process.exitCode = passed > 0 && count.failed === 0 ? 0 : 1
}
