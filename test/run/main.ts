import { resolve } from 'node:path'
import { installMissing } from '../lab/install.ts'
import { missingPackages, neededPackages } from '../lab/packages.ts'
import { sum } from './count.ts'
import { listedPrograms } from './listed-programs.ts'
import { restrictedEnvironment } from './restricted-environment.ts'
import type { StageResult } from './run-stage.ts'
import { runStage } from './run-stage.ts'
import { seedFromCommit } from './seed.ts'
import { stages } from './stages.ts'
import { summary } from './summary.ts'

const root = resolve(import.meta.dirname, '../..')
const isCi = process.env['CI'] !== undefined

const hasInstalled = await installPackages()
if (isCi || hasInstalled) restrictPrograms()
console.log(`\nMAILFW_TEST_SEED=${seedFromCommit(root)}`)
const results = stages.map((stage) => announced(stage.script, () => runStage(stage, root, isCi)))
console.log(`\n${summary(results)}`)
process.exitCode = sum(results.map(({ count }) => count)).failed === 0 ? 0 : 1

/** Without them some tests cannot run: these then say so, each for itself. Tells whether any was installed. */
async function installPackages(): Promise<boolean> {
  try {
    return await installMissing(isCi ? packagesToInstall() : missingPackages())
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return false
  }
}

/** A program from elsewhere, as in /usr/local/bin, does not stand for its package. */
function packagesToInstall(): ReturnType<typeof missingPackages> {
  const programs = listedPrograms()
  if (programs === undefined) return missingPackages()
  return neededPackages.filter(({ program }) => !programs.has(program))
}

function restrictPrograms(): void {
  const environment = restrictedEnvironment(root)
  if (environment === undefined)
    console.log('There is no dpkg: the tests run with all programs of this machine.')
  else Object.assign(process.env, environment)
}

function announced(script: string, run: () => StageResult): StageResult {
  console.log(`\n── ${script} ${'─'.repeat(Math.max(3, 72 - script.length))}`)
  return run()
}
