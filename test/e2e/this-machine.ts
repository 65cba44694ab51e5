import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { stripVTControlCharacters } from 'node:util'
import { dump } from 'js-yaml'
import type { LabHost } from '../lab/host.ts'
import type { Lab } from '../lab/lab.ts'
import { startOn } from '../remote/local-connection.ts'
import type { RunDocument } from '../../src/report/reporter.ts'
import { MAILFW } from './mailfw.ts'

/** mailfw as it runs on a host of a lab itself, whose inventory has that host alone. */
export interface ThisMachine {
  /** Runs a verb without a terminal. */
  readonly run: (verb: string, ...more: readonly string[]) => Promise<RunDocument & { code: number | null }>
  /** Starts a verb at a terminal. */
  readonly atTerminal: (verb: string, ...more: readonly string[]) => Conversation
}

/** What is shown at a terminal, and what is typed there. */
export interface Conversation {
  readonly child: ChildProcess
  readonly shown: () => string
  readonly until: (what: RegExp) => Promise<void>
  readonly type: (text: string) => void
  readonly ended: Promise<number | null>
}

const MOST_MILLISECONDS = 60_000

export async function thisMachine(
  host: LabHost,
  vars: Readonly<Record<string, unknown>>,
  user = 'root',
): Promise<ThisMachine> {
  const own = { ansible_connection: 'local', mailfw_local: true, ...vars }
  const inventory = dump({ mail: { hosts: { [host.name]: own } } })
  await host.succeed('cat >/etc/fleet.yaml', { input: inventory })
  const words = (verb: string, more: readonly string[]): string =>
    [...MAILFW, verb, '/etc/fleet.yaml', ...more].map((word) => `'${word}'`).join(' ')
  const asUser = (command: string): string =>
    user === 'root' ? command : `su ${user} -s /bin/sh -c "${command.replaceAll('"', '\\"')}"`
  return {
    run: async (verb, ...more) => {
      const { code, stdout, stderr } = await host.run(asUser(words(verb, [...more, '--output', 'json'])), {
        timeoutSeconds: 100,
      })
      if (!stdout.startsWith('{'))
        throw new Error(`Expected a document, got ${String(code)}: ${stdout}${stderr}`)
      return { ...(JSON.parse(stdout) as RunDocument), code }
    },
    atTerminal: (verb, ...more) => {
      const command = `stty cols 200 rows 50; ${words(verb, more)}`
      const terminal = ['script', '--quiet', '--flush', '--return', '--command', command, '/dev/null']
      return conversation(startOn(host, ['env', 'NO_COLOR=1', 'TERM=dumb', ...terminal]))
    },
  }
}

function conversation(child: ChildProcess): Conversation {
  let text = ''
  let tell = (): void => undefined
  child.stdout?.on('data', (chunk: Buffer) => {
    text += stripVTControlCharacters(chunk.toString())
    tell()
  })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return {
    child,
    shown: () => text,
    until: (what) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new Error(`Expected ${String(what)} within a minute, got: ${text}`))
        }, MOST_MILLISECONDS)
        tell = () => {
          if (!what.test(text)) return
          clearTimeout(timer)
          resolve()
        }
        tell()
      }),
    type: (line) => {
      child.stdin?.write(line)
    },
    ended,
  }
}

/** A session of the administrator's from the workstation; resolves once the host has let it in. */
export async function openSession(lab: Lab, address: string): Promise<ChildProcess> {
  const ssh = lab.spawnController([
    'ssh',
    '-S',
    'none',
    '-o',
    'StrictHostKeyChecking=no',
    `root@${address}`,
    'echo in; exec sleep 60',
  ])
  if (ssh.stdout !== null) await once(ssh.stdout, 'data')
  return ssh
}
