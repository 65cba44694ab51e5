import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { MAILFW, TAKES_RULES } from '../e2e/mailfw.ts'
import { start } from '../lab/command.ts'
import type { LabHost } from '../lab/host.ts'
import type { Lab } from '../lab/lab.ts'

/** One run of the built command against one host. */
export interface DeployRun {
  readonly kill: () => void
  readonly ended: Promise<Ending>
}

/** How it ended. Without `host` there was no document: it was killed, or went wrong. */
export interface Ending {
  readonly code: number | null
  readonly stderr: string
  readonly seconds: number
  readonly host?: ReportedHost
}

/** What the JSON document says of a host, as far as it is judged. */
export interface ReportedHost {
  readonly host: string
  readonly outcome: string
  readonly code: string
  readonly message: string
  readonly findings: readonly { readonly code: string; readonly message: string }[]
}

/** Starts `mailfw deploy INVENTORY --limit HOST` on the controller; after five minutes it is killed. */
export function startDeployOf(lab: Lab, inventory: string, host: string): DeployRun {
  const words = [...MAILFW, 'deploy', inventory, '--limit', host, '--output', 'json', ...TAKES_RULES]
  const child = lab.spawnController(words, { stdio: ['ignore', 'pipe', 'pipe'] })
  return watch(child, () => child.kill('SIGKILL'))
}

/** The same on the host itself. */
export function startDeployOn(host: LabHost, inventory: string): DeployRun {
  const namespaces = ['--mount', '--net', '--pid', '--uts', '--ipc', '--time']
  const words = [...MAILFW, 'deploy', inventory, '--output', 'json', ...TAKES_RULES]
  const child = start(['setsid', 'nsenter', '-t', String(host.pid), ...namespaces, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LANG: 'C.UTF-8' },
  })
  // nsenter waits for the process that it starts
  return watch(child, () => {
    const inside = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim()
    // 0 would be all of us
    if (inside === '') throw new Error('Expected a run to kill, but it has ended')
    process.kill(Number(inside), 'SIGKILL')
  })
}

function watch(child: ChildProcess, kill: () => void): DeployRun {
  const started = performance.now()
  const timer = setTimeout(kill, 300_000)
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const ended = new Promise<Ending>((resolve) =>
    child.on('close', (code) => {
      clearTimeout(timer)
      const [reported] = readHosts(stdout)
      const seconds = (performance.now() - started) / 1000
      resolve({ code, stderr, seconds, ...(reported === undefined ? {} : { host: reported }) })
    }),
  )
  return { kill, ended }
}

/** The hosts of a JSON document; none where there is no document. */
export function readHosts(document: string): readonly ReportedHost[] {
  return document.startsWith('{') ? (JSON.parse(document) as { hosts: readonly ReportedHost[] }).hosts : []
}
