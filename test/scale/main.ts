import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createLab } from '../lab/lab.ts'
import { KINDS } from '../remote/fleet.ts'
import { labProblem } from '../lab/problem.ts'
import { setup as build } from '../run/build-first.ts'
import type { Count } from '../run/count.ts'
import type { Figure } from './bounds.ts'
import { figuresOf, growthOfRules, isWithin } from './bounds.ts'
import { runFleet } from './fleet-run.ts'
import { runRender } from './render-run.ts'
import { runRules } from './rules-run.ts'
import { fleetOf } from './scale-fleet.ts'

/**
 * `npm run test:scale -- [--hosts N] [--rules N]`: deploy, check and enforce of a fleet to the end, with what they take beside bare
 * ssh2 sessions with the same hosts in the same run, and the offline rendering of 10,000 hosts. `--rules N` does instead
 * what a host does with N rules and with a tenth of them, in each shell on each backend. `--count FILE` writes how many
 * checks passed.
 */
const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '50' },
    rules: { type: 'string' },
    count: { type: 'string' },
  },
})

const started = performance.now()
const checks = { passed: 0, failed: 0, skipped: 0 }
const problem = labProblem()
build()
if (values.rules === undefined) for (const figure of await runRender()) judge(figure)
if (problem !== undefined) {
  console.log(`Skipped: ${problem}`)
  checks.skipped += 1
} else if (values.rules === undefined) await fleet(Number(values.hosts))
else await manyRules(Number(values.rules))
end(checks)

async function manyRules(count: number): Promise<void> {
  const lab = await createLab(KINDS)
  try {
    for (const { name } of KINDS) {
      const few = await runRules(lab.host(name), count / 10)
      const many = await runRules(lab.host(name), count)
      for (const figure of growthOfRules(`${name}, ${count} rules`, few, many)) judge(figure)
    }
  } finally {
    await lab.close()
  }
}

async function fleet(hosts: number): Promise<void> {
  const lab = await createLab(fleetOf(hosts))
  tell(`${hosts} hosts are up`)
  try {
    const { figures, faults } = await runFleet(lab, tell)
    for (const fault of faults.slice(0, 20)) console.log(`FAIL ${fault}`)
    note(faults.length === 0)
    for (const figure of figuresOf(figures)) judge(figure)
  } finally {
    await lab.close()
    tell('the lab is gone')
  }
}

function judge(figure: Figure): void {
  const { name, value, unit, most } = figure
  const bound = most === undefined ? '' : ` (at most ${most})`
  const mark = most === undefined ? '    ' : isWithin(figure) ? 'ok  ' : 'FAIL'
  console.log(`${mark} ${name.padEnd(44)} ${value.toFixed(2).padStart(8)} ${unit}${bound}`)
  if (most !== undefined) note(isWithin(figure))
}

function note(isFine: boolean): void {
  checks[isFine ? 'passed' : 'failed'] += 1
}

function tell(what: string): void {
  console.log(`${((performance.now() - started) / 1_000).toFixed(1).padStart(7)} s ${what}`)
}

function end(count: Count): void {
  console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
  if (values.count !== undefined) writeFileSync(values.count, JSON.stringify(count))
  process.exitCode = count.failed === 0 ? 0 : 1
}
