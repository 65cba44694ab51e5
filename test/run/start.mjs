// Runs one of our TypeScript programs, also on a fresh clone: `node test/run/start.mjs PROGRAM.ts [WORD...]`
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { installNpmPackages } from './npm-packages.mjs'

const [program] = process.argv.slice(2)
if (program === undefined) throw new Error('Expected the path of a program, got no word')

const problem = await installNpmPackages(resolve(import.meta.dirname, '../..'))
if (problem === undefined) {
  process.argv.splice(1, 2, resolve(program))
  const { register } = await import('tsx/esm/api')
  register()
  await import(pathToFileURL(resolve(program)).href)
} else {
  console.error(problem)
  process.exitCode = 1
}
