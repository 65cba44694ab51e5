import { installMissing } from '../lab/install.ts'
import { missingPackages } from '../lab/packages.ts'
import { labProblem } from '../lab/problem.ts'
import { leftOf, tracesOf } from '../lab/traces.ts'
import { setup as build } from '../run/build-first.ts'
import { runAsRoot } from './become-root.ts'
import type { Stage } from './stage.ts'
import { setStage } from './stage.ts'
import { tellStory } from './story.ts'
import { complain, say, tick } from './terminal.ts'

const INTERRUPTED = 130

process.exitCode = await demo()

/** The exit code: 0 when all was as it was told. */
async function demo(): Promise<number> {
  build()
  if (process.platform === 'linux' && process.getuid?.() !== 0) return runAsRoot(import.meta.filename)
  await installMissing(missingPackages().filter((each) => each.for === 'lab'))
  const problem = labProblem()
  if (problem === undefined) return perform()
  complain(`The demo cannot run here: ${problem}.`)
  return 1
}

async function perform(): Promise<number> {
  const setting = setStage()
  leaveNothing(setting)
  try {
    const stage = await setting
    await tellStory(stage)
    await clearStage(stage)
    return 0
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error))
    await setting.then(
      ({ lab }) => lab.close(),
      () => undefined,
    )
    return 1
  }
}

async function clearStage({ lab }: Stage): Promise<void> {
  const traces = tracesOf(lab.home, [lab.pid, ...[...lab.hosts.values()].map(({ pid }) => pid)])
  await lab.close()
  const left = leftOf(traces)
  if (left.length > 0) throw new Error(`Expected nothing of the lab to be left, found: ${left.join(', ')}.`)
  say('')
  tick('The hosts, their namespaces, keys and files are gone again.')
}

/** Also on Ctrl-C, and that before we end. */
function leaveNothing(setting: Promise<Stage>): void {
  const stop = (): void => {
    for (const signal of signals) process.removeListener(signal, stop).on(signal, () => undefined)
    complain('Interrupted: the hosts, their namespaces, keys and files are removed.')
    const closed = setting.then(
      ({ lab }) => lab.close(),
      () => undefined,
    )
    void closed.finally(() => process.exit(INTERRUPTED))
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, stop)
}
