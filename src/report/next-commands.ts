import type { FleetCommand, RunCommand } from '../model/command.ts'
import type { Code, HostResult, Outcome } from '../model/outcome.ts'
import type { RunDocument } from './reporter.ts'

/** The command line that would take up exactly these hosts. */
export type CommandFor = (verb: FleetCommand, hosts: readonly string[]) => string

type Next = 'bring' | 'release' | 'back' | 'again' | 'look'

/** What a person would do next, as commands to copy; empty where there is nothing to do. `bold`: how a command looks. */
export function nextCommands(
  { command, hosts }: RunDocument,
  commandFor: CommandFor,
  bold: (text: string) => string,
): string {
  const write = (next: Next, title: string, verb: FleetCommand, flag = ''): string => {
    const names = hosts.filter((host) => nextFor(host, command) === next).map(({ host }) => host)
    if (names.length === 0) return ''
    const line = commandFor(verb, names)
    // The run itself may have had the flag.
    return `${title}\n  ${bold(line.includes(flag) ? line : line + flag)}\n`
  }
  const sameVerb = command === 'confirm' || command === 'revert' ? 'deploy' : command
  return (
    write('bring', 'To bring these to what the inventory says:', 'deploy') +
    write('release', 'To release these, and bring them to what the inventory says:', 'deploy', ' --release') +
    write('back', 'To take these back to the generation before:', 'rollback') +
    write('again', 'To try these again:', sameVerb) +
    write('look', 'To see how these stand:', 'status')
  )
}

/** What a person would do about a host; nothing where there is nothing to do, or a guard does it. */
function nextFor(host: HostResult, command: RunCommand): Next | undefined {
  const { outcome, code, hold } = host
  if (hold !== undefined && AT_REST.has(outcome)) return 'release'
  if (outcome === 'would-change') return isArmed(host) ? undefined : 'bring'
  if (code === 'not-taken-back') return 'back'
  if (!WORTH_A_RETRY.has(outcome) || IN_VAIN.has(code)) return undefined
  switch (command) {
    case 'deploy':
    case 'enforce':
    case 'rollback':
      return isArmed(host) || LEFT_TO_OTHERS.has(code) ? 'look' : 'again'
    case 'check':
    case 'history':
      return 'again'
    case 'status':
      // To ask again helps none whose revert failed.
      return outcome === 'revert-failed' ? 'bring' : 'again'
    // How the host stands by then decides.
    case 'confirm':
    case 'revert':
      return 'look'
  }
}

/** Nothing went wrong there; but a deploy leaves a host that is held. */
const AT_REST: ReadonlySet<Outcome> = new Set(['held', 'confirmed', 'unchanged', 'would-change'])

/** It was asked for, or there is nothing to go back to. */
const IN_VAIN: ReadonlySet<Code> = new Set(['by-hand', 'no-generation'])

/** Another run is at these, or has been there since. */
const LEFT_TO_OTHERS: ReadonlySet<Code> = new Set(['busy', 'other-rules'])

/** Another run may help these; a host that is held is held on purpose. */
const WORTH_A_RETRY: ReadonlySet<Outcome> = new Set([
  'unknown',
  'revert-failed',
  'reverted',
  'failed',
  'unreachable',
  'skipped',
])

/** While a guard counts a deploy leaves the host alone. */
function isArmed({ pending }: HostResult): boolean {
  return pending !== undefined && pending.secondsLeft > 0
}
