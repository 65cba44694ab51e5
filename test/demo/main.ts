import { installMissing } from '../lab/install.ts'
import { missingPackages } from '../lab/packages.ts'
import { labProblem } from '../lab/problem.ts'
import { leftOf } from '../lab/traces.ts'
import { setup as build } from '../run/build-first.ts'
import { runAsRoot } from './become-root.ts'
import type { Stage } from './stage.ts'
import { setStage } from './stage.ts'
import { tellStory } from './story.ts'
import { complain, say, tick } from './terminal.ts'

const FAILED = 1
const INTERRUPTED = 130
const SHOW_CURSOR = '\x1b[?25h'

process.exitCode = await demo()

/** The exit code: 0 when all was as it was told. */
async function demo(): Promise<number> {
  build()
  if (process.platform === 'linux' && process.getuid?.() !== 0) return runAsRoot(import.meta.filename)
  await installMissing(missingPackages().filter((each) => each.for === 'lab'))
  const problem = labProblem()
  if (problem === undefined) return perform()
  complain(`The demo cannot run here: ${problem}.`)
  return FAILED
}

/** Whatever happens, nothing is left behind when it is over. */
async function perform(): Promise<number> {
  const interrupted = interruption()
  const setting = setStage()
  try {
    return await Promise.race([play(setting), interrupted])
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error))
    return FAILED
  } finally {
    await setting.then(clearStage, () => undefined)
  }
}

async function play(setting: Promise<Stage>): Promise<number> {
  await tellStory(await setting)
  return 0
}

async function clearStage({ lab, traces }: Stage): Promise<void> {
  await lab.close()
  const left = leftOf(traces)
  if (left.length > 0) throw new Error(`Expected nothing of the lab to be left, found: ${left.join(', ')}.`)
  say('')
  tick('The hosts, their namespaces, keys and files are gone again.')
}

/** Resolves when somebody wants us to stop. A program that redrew its last lines hid the cursor. */
async function interruption(): Promise<number> {
  await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, resolve)
  })
  if (process.stdout.isTTY) process.stdout.write(SHOW_CURSOR)
  complain('Interrupted.')
  return INTERRUPTED
}
