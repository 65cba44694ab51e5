import { execFile } from 'node:child_process'
import { codeOf } from '../../lib/system-error.ts'
import { ConnectError } from '../../model/transport.ts'
import { printable } from '../../lib/printable.ts'
import { reasonOf } from '../wording.ts'

/** What `ssh -G` prints: each keyword, in lower case, with its values in order. */
export type Answer = ReadonlyMap<string, readonly string[]>

export interface SshG {
  readonly answer: Answer
  /** The configuration files that ssh read. */
  readonly filesRead: readonly string[]
}

/**
 * Asks OpenSSH itself what its configuration says about a host. Resolves to `undefined` where ssh is not installed;
 * rejects with ConnectError (`ssh-config`) where it refuses.
 */
export async function runSshG(
  args: readonly string[],
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<SshG | undefined> {
  // First of all, so that no argument can make ssh connect.
  const words = ['-G', '-v', ...args, '--', name]
  const { error, stdout, stderr } = await run(words, environment)
  if (error && codeOf(error) === 'ENOENT') return undefined
  if (error) throw refused(error, stderr)
  return { answer: parseAnswer(stdout), filesRead: filesRead(stderr) }
}

export function parseAnswer(text: string): Answer {
  const answer = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ')
    if (space < 1) continue
    const keyword = line.slice(0, space).toLowerCase()
    answer.set(keyword, [...(answer.get(keyword) ?? []), line.slice(space + 1)])
  }
  return answer
}

function filesRead(stderr: string): string[] {
  return [...stderr.matchAll(/^debug1: Reading configuration data (.+?)\r?$/gm)].map(([, file = '']) => file)
}

function refused(error: Error, stderr: string): ConnectError {
  const said = stderr
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('debug1:') && !line.startsWith('OpenSSH_'))
  const detail = said.length > 0 ? said.join('; ') : reasonOf(error)
  return new ConnectError(
    'ssh-config',
    `ssh refuses its configuration: ${printable(detail.trim(), { most: 500 })}`,
  )
}

interface Ended {
  readonly error: Error | null
  readonly stdout: string
  readonly stderr: string
}

function run(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile('ssh', args, { env: environment, encoding: 'utf8' }, (error, stdout, stderr) => {
      resolve({ error, stdout, stderr })
    })
    child.stdin?.on('error', () => undefined)
    child.stdin?.end()
  })
}
