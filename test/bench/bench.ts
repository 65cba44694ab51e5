import { createLab } from '../lab/lab.ts'
import { labProblem } from '../lab/problem.ts'
import { setup as build } from '../run/build-first.ts'
import { measureAll } from './measure-all.ts'
import { benchOptions } from './options.ts'
import { tableText } from './table.ts'

/**
 * `npm run bench -- [--hosts N] [--rounds N] [--ansible-rounds N] [--peers all|none] [--json]`: what mailfw costs beside
 * bare ssh2 sessions, Ansible and pssh, on the same hosts in the same run. And what the HTML report of a large fleet takes.
 */
const words = process.argv.slice(2)
const options = benchOptions(words)
build()
const problem = labProblem()
if (problem !== undefined) throw new Error(problem)
const lab = await createLab(Array.from({ length: options.hosts }, (_, index) => ({ name: `mx${index + 1}` })))
try {
  const command = ['npm run bench', ...(words.length === 0 ? [] : ['--', ...words])].join(' ')
  const report = await measureAll(lab, options, command)
  console.log(options.json ? JSON.stringify(report, null, 2) : tableText(report))
  if (report.rows.some((row) => row.problem !== undefined)) process.exitCode = 1
} finally {
  await lab.close()
}
