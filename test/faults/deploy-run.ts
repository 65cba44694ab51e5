import { MAILFW } from '../e2e/mailfw.ts'
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
  const started = performance.now()
  const child = lab.spawnController([...MAILFW, 'deploy', inventory, '--limit', host, '--output', 'json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), 300_000)
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
  return { kill: () => child.kill('SIGKILL'), ended }
}

/** The hosts of a JSON document; none where there is no document. */
export function readHosts(document: string): readonly ReportedHost[] {
  return document.startsWith('{') ? (JSON.parse(document) as { hosts: readonly ReportedHost[] }).hosts : []
}
