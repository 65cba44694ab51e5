import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunEvent, Step } from '../../src/model/events.ts'
import type { HostResult } from '../../src/model/outcome.ts'
import { summarise } from '../../src/model/outcome.ts'
import type { Played } from './play-events.ts'
import type { Pane } from './tmux.ts'
import { openPane } from './tmux.ts'

/** A run without hosts: what it shows on a terminal is what the test says that happens. */
export interface ScriptedRun {
  readonly pane: Pane
  readonly tell: (...events: readonly RunEvent[]) => void
  readonly finish: (hosts: readonly HostResult[]) => void
  readonly close: () => Promise<void>
}

const PLAYER = join(import.meta.dirname, 'play-events.ts')
const AT = '2026-11-22T14:02:30.000Z'

export async function scriptRun(
  size: { readonly columns: number; readonly rows: number },
  hosts: number,
  { detail = 'progress', env = [] }: { detail?: string; env?: readonly string[] } = {},
): Promise<ScriptedRun> {
  const directory = await mkdtemp(join(tmpdir(), 'mailfw-script-'))
  const path = join(directory, 'socket')
  const server = createServer().listen(path)
  await once(server, 'listening')
  const pane = await openPane(
    ['env', ...env, process.execPath, '--import', 'tsx/esm', PLAYER, path, detail],
    size,
  )
  const [socket] = (await once(server, 'connection')) as [Socket]
  const send = (played: Played): void => {
    socket.write(`${JSON.stringify(played)}\n`)
  }
  const tell = (...events: readonly RunEvent[]): void => {
    for (const event of events) send({ play: 'event', event })
  }
  tell({ event: 'run', ...HEAD, hosts, inventory: 'fleet.yaml', by: 'alice@laptop' })
  return {
    pane,
    tell,
    finish: (results) => {
      const run = { ...HEAD, seconds: 12.3, exit: 4, summary: summarise(results), hosts: results }
      send({ play: 'finish', run })
    },
    close: async () => {
      socket.destroy()
      server.close()
      await pane.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** That a host has come to a step. */
export function at(host: string, step: Step): RunEvent {
  return { event: 'step', host, step, at: AT }
}

const HEAD = {
  format: 1,
  mailfw: '1.0.0',
  command: 'deploy',
  run: 'c0ffee0123456789',
  started: AT,
} as const
