import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Count } from './count.ts'
import { countReport, FAILED, PASSED, readCount, SKIPPED, withoutSkipping } from './count.ts'
import { failuresIn, reportedFiles } from './report.ts'
import type { Stage } from './stages.ts'

export interface StageResult {
  readonly script: string
  readonly count: Count
  /** What failed and why, where Vitest tells of it. */
  readonly failures: readonly string[]
  readonly seconds: number
}

/** Runs a stage to its end; what it says goes where we say things. `root` is the directory of package.json. */
export function runStage(stage: Stage, root: string, isCi: boolean): StageResult {
  const started = performance.now()
  const { count, failures } = countStage(stage, root)
  const seconds = (performance.now() - started) / 1000
  const mustRun = isCi && (stage.program !== undefined || stage.needsLab === true)
  if (mustRun && count.skipped > 0) console.log(`In CI ${stage.script} may skip nothing: that is a failure.`)
  return { script: stage.script, count: mustRun ? withoutSkipping(count) : count, failures, seconds }
}

function countStage(stage: Stage, root: string): Pick<StageResult, 'count' | 'failures'> {
  if (stage.program !== undefined && !isInstalled(stage.program)) {
    console.log(`Skipped: there is no ${stage.program} on this machine.`)
    return { count: SKIPPED, failures: [] }
  }
  switch (stage.countedBy) {
    case 'exit':
      return { count: countExit(stage, root), failures: [] }
    case 'report':
      return countTests(stage, root)
    case 'count':
      return { count: countCases(stage, root), failures: [] }
  }
}

function countExit({ script }: Stage, root: string): Count {
  return runScript(script, [], root) === 0 ? PASSED : FAILED
}

function countTests({ script }: Stage, root: string): Pick<StageResult, 'count' | 'failures'> {
  const path = reportPath(script, root)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${path}`]
  const status = runScript(script, reporters, root)
  const files = reportedFiles(readIfThere(path))
  return { count: countReport(files, status), failures: failuresIn(files) }
}

function countCases({ script }: Stage, root: string): Count {
  const path = reportPath(script, root)
  const status = runScript(script, ['--count', path], root)
  return readCount(readIfThere(path), status)
}

/** Where nothing is yet: a report of an earlier run would count again. */
function reportPath(script: string, root: string): string {
  const path = join(root, '.reports', `${script.replace(':', '-')}.json`)
  mkdirSync(join(root, '.reports'), { recursive: true })
  rmSync(path, { force: true })
  return path
}

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

function runScript(script: string, words: readonly string[], root: string): number | null {
  const command = ['run', '--silent', script, '--', ...words]
  return spawnSync('npm', command, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).status
}

function isInstalled(program: string): boolean {
  const directories = (process.env['PATH'] ?? '').split(delimiter)
  return directories.some((directory) => existsSync(join(directory, program)))
}
