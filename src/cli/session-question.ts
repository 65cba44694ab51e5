import type { HostContext } from '../host/visit.ts'
import type { RunCommand } from '../model/command.ts'
import type { Reporter } from '../report/reporter.ts'
import type { FleetFlags } from './flags.ts'
import { canAsk, confirm } from './prompt.ts'
import type { World } from './world.ts'

/** The verbs that may ask. */
const ASK: ReadonlySet<RunCommand> = new Set(['deploy', 'rollback'])

/** Whether a person is there and reads text: programs are never asked. */
export function wantsQuestion(flags: FleetFlags, world: World): boolean {
  return flags.yes !== true && (flags.output ?? 'text') === 'text' && canAsk(world)
}

/** How the person at the terminal is asked for a new session to the machine that mailfw runs on; nothing if nobody is there. */
export function sessionQuestion(
  command: RunCommand,
  flags: FleetFlags,
  reporter: Reporter,
  world: World,
): Pick<HostContext, 'askForSession'> {
  if (!ASK.has(command) || !wantsQuestion(flags, world)) return {}
  return {
    askForSession: (host, seconds, signal) =>
      reporter.aside(async () => {
        const stop = AbortSignal.any([world.stop, signal])
        const isYes = await confirm(question(host, seconds), { ...world, stop })
        // The cursor still stands behind the question.
        if (stop.aborted) world.stderr.write('\n')
        return isYes
      }),
  }
}

function question(host: string, seconds: number): string {
  return [
    `${host}: the new rules are live. Open a second ssh session to it from your workstation now (a new one, such as ssh -S none).`,
    `Without one the old rules come back in ${seconds} s. Did you get in?`,
  ].join('\n')
}
