import type { ChildProcess, SpawnOptions } from 'node:child_process'
import type { CommandOptions, CommandResult } from './command.ts'
import { runCommand, start } from './command.ts'

export interface ControllerOptions {
  /** Added to the controller's own environment, which has nothing of ours but PATH. */
  readonly env?: Readonly<Record<string, string>>
  /** Default: the controller's home. */
  readonly cwd?: string
}

export interface ControllerRunOptions extends ControllerOptions, CommandOptions {
  /** Gives it a terminal; stdout and stderr then both arrive as stdout. */
  readonly tty?: boolean
}

export type ControllerSpawnOptions = ControllerOptions & Pick<SpawnOptions, 'stdio'>

/** Runs programs where the administrator sits: in the controller's namespaces, with its home. */
export interface Controller {
  readonly run: (command: readonly string[], options?: ControllerRunOptions) => Promise<CommandResult>
  /** Starts one to talk to, to kill, to interrupt: `pid` is the program's own. It ends with our process. */
  readonly spawn: (command: readonly string[], options?: ControllerSpawnOptions) => ChildProcess
}

/** `labPid` is the lab's process 1. */
export function makeController(labPid: number, home: string): Controller {
  const environment = {
    PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: home,
    USER: 'root',
    LOGNAME: 'root',
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
  }
  const prepare = (command: readonly string[], { env = {}, cwd = home }: ControllerOptions) => ({
    words: inside(labPid, cwd, command),
    env: { ...environment, ...env },
  })
  return {
    run: (command, options = {}) => {
      const { words, env } = prepare(options.tty ? onTerminal(command) : command, options)
      const { input, timeoutSeconds } = options
      return runCommand(words, {
        env,
        ...(input === undefined ? {} : { input }),
        ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
      })
    },
    spawn: (command, options = {}) => {
      const { words, env } = prepare(command, options)
      return start(words, { env, stdio: options.stdio ?? 'pipe' })
    },
  }
}

/** Each program of the chain becomes the next one, so that the process id stays. */
function inside(labPid: number, cwd: string, command: readonly string[]): readonly string[] {
  return [
    ...['nsenter', '-t', String(labPid), '--mount', '--net', '--uts', '--ipc'],
    ...['env', '-C', cwd],
    ...['setpriv', '--pdeathsig', 'KILL', '--'],
    ...command,
  ]
}

function onTerminal(command: readonly string[]): readonly string[] {
  return ['script', '--quiet', '--flush', '--return', '--command', command.map(quote).join(' '), '/dev/null']
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
