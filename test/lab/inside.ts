import type { CommandOptions, CommandResult } from './command.ts'
import { runCommand, succeed } from './command.ts'

/** What can be done inside a host without going there over ssh. */
export interface Inside {
  /** Runs a script by the host's own `sh`, as root inside all its namespaces. */
  run(script: string, options?: CommandOptions): Promise<CommandResult>
  /** The same for a script that must succeed: its stdout. */
  succeed(script: string, options?: CommandOptions): Promise<string>
  /** The live rules of a family by the host's own `iptables-save`, without comments and counters. */
  save(family: 'v4' | 'v6'): Promise<string>
}

/** `pidOf` tells the host's process 1, as the machine counts; it throws while the host is off. */
export function inside(pidOf: () => number): Inside {
  const options = (given: CommandOptions = {}) => ({ ...given, env: rootEnvironment })
  const succeedInside: Inside['succeed'] = (script, given) => succeed(enter(pidOf(), script), options(given))
  return {
    run: (script, given) => runCommand(enter(pidOf(), script), options(given)),
    succeed: succeedInside,
    save: async (family) =>
      withoutCounters(await succeedInside(family === 'v4' ? 'iptables-save' : 'ip6tables-save')),
  }
}

const rootEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
}

function enter(pid: number, script: string): readonly string[] {
  const namespaces = ['--mount', '--net', '--pid', '--uts', '--ipc', '--time']
  return ['nsenter', '-t', String(pid), ...namespaces, '/bin/sh', '-c', script]
}

function withoutCounters(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.replace(/^(:.*) \[\d+:\d+\]$/, '$1'))
    .join('\n')
}
