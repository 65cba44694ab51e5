import { resolve } from 'node:path'
import { installMissing } from '../lab/install.ts'
import { sum } from './count.ts'
import type { StageResult } from './run-stage.ts'
import { runStage } from './run-stage.ts'
import { seedFromCommit } from './seed.ts'
import { stages } from './stages.ts'
import { summary } from './summary.ts'

const root = resolve(import.meta.dirname, '../..')
const isCi = process.env['CI'] !== undefined

await installPackages()
console.log(`\nMAILFW_TEST_SEED=${seedFromCommit(root)}`)
const results = stages.map((stage) => announced(stage.script, () => runStage(stage, root, isCi)))
console.log(`\n${summary(results)}`)
process.exitCode = sum(results.map(({ count }) => count)).failed === 0 ? 0 : 1

/** Without them some tests cannot run: these then say so, each for itself. */
async function installPackages(): Promise<void> {
  try {
    await installMissing()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
  }
}

function announced(script: string, run: () => StageResult): StageResult {
  console.log(`\n── ${script} ${'─'.repeat(Math.max(3, 72 - script.length))}`)
  return run()
}
