import { formatProblem, InputError } from '../lib/input-error.ts'
import { printable } from '../lib/printable.ts'
import { readCommandLine } from './command-line.ts'
import type { Invocation } from './command-line.ts'
import { UsageError } from './usage-error.ts'
import type { World } from './world.ts'

const EXIT_BUG = 1
const EXIT_INPUT = 2

/**
 * Does what the words after `mailfw` say and returns the exit code. What the user got wrong becomes sentences on
 * stderr; anything that rejects is a bug of ours.
 */
export async function mailfw(words: readonly string[], world: World): Promise<number> {
  let asked: Invocation | undefined
  try {
    asked = await readCommandLine(words, world.stdout.columns ?? 80)
    return await invoke(asked, world)
  } catch (error) {
    const complaint = complaintAbout(error)
    world.stderr.write(complaint ?? '')
    await leaveRefusal(asked, error, complaint, world)
    if (complaint === undefined) throw error
    return EXIT_INPUT
  }
}

/** Each verb is loaded when it is called: `--help` needs neither YAML nor SSH. */
async function invoke(invocation: Invocation, world: World): Promise<number> {
  switch (invocation.verb) {
    case 'print':
      world.stdout.write(invocation.text)
      return 0
    case 'render':
      return (await import('./render-verb.ts')).render(invocation.flags, world)
    case 'deploy':
    case 'check':
    case 'status':
    case 'rollback':
    case 'history':
      return (await import('./fleet-verb.ts')).runOnFleet(invocation.verb, invocation.flags, world)
    case 'enforce':
      return (await import('./enforce-verb.ts')).enforce(invocation.flags, world)
    case 'confirm':
    case 'revert':
      return (await import('./by-hand-verb.ts')).runByHand(invocation.verb, invocation.flags, world)
    case 'report':
      return (await import('./report-verb.ts')).report(invocation.flags, world)
    case 'schedule':
      return (await import('./schedule-verb.ts')).runSchedule(invocation.flags, world)
  }
}

/** Nobody watches a run that a timer started: its inventory may be broken for weeks. */
async function leaveRefusal(
  asked: Invocation | undefined,
  error: unknown,
  complaint: string | undefined,
  world: World,
): Promise<void> {
  if (asked === undefined || asked.verb === 'print' || asked.verb === 'render') return
  if (asked.verb === 'report' || asked.verb === 'schedule') return
  const { leaveFailure } = await import('./afterwards.ts')
  const message = complaint ?? `mailfw: this is a bug in mailfw: ${printable(String(error))}\n`
  const exit = complaint === undefined ? EXIT_BUG : EXIT_INPUT
  await leaveFailure({ command: asked.verb, message, exit }, asked.flags, world)
}

function complaintAbout(error: unknown): string | undefined {
  if (error instanceof UsageError) return `mailfw: ${printable(error.message)}\n`
  if (!(error instanceof InputError)) return undefined
  const lines = error.problems.map((problem) => `  ${formatProblem(problem)}\n`)
  const count = lines.length === 1 ? 'A problem was' : `${lines.length} problems were`
  return `mailfw: ${count} found; no host was contacted.\n${lines.join('')}`
}
