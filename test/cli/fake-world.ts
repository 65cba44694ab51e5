import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll } from 'vitest'
import { repository } from '../house/source-files.ts'
import { mailfw } from '../../src/cli/mailfw.ts'
import type { World } from '../../src/cli/world.ts'
import { createFakeClock } from '../report/samples.ts'
import { createStream } from '../report/streams.ts'

/** What runs write down for themselves goes there. */
const HOME = mkdtempSync(join(tmpdir(), 'mailfw-home-'))
afterAll(() => {
  rmSync(HOME, { recursive: true })
})

export interface FakeWorld {
  readonly world: World
  readonly stdout: () => string
  readonly stderr: () => string
  /** Types into the terminal. */
  readonly type: (text: string) => void
  readonly stop: AbortController
}

/** A world of streams that are looked at afterwards; with `terminal` somebody sits there. */
export function createWorld(options: { terminal?: boolean; env?: Record<string, string> } = {}): FakeWorld {
  const columns = options.terminal === true ? 80 : undefined
  const stdin = Object.assign(new PassThrough(), options.terminal === true && { isTTY: true })
  const stdout = createStream(columns)
  const stderr = createStream(columns)
  const stop = new AbortController()
  return {
    world: {
      stdin,
      stdout,
      stderr,
      env: { PATH: process.env['PATH'], ...options.env },
      home: HOME,
      localUser: 'tester',
      user: 'tester',
      controller: 'laptop',
      program: [process.execPath, join(repository, 'dist/main.js')],
      processes: { pid: process.pid, exists: () => true },
      clock: createFakeClock(),
      signalGroup: (leader, signal) => process.kill(-leader, signal),
      stop: stop.signal,
      abandon: new AbortController().signal,
    },
    stdout: stdout.text,
    stderr: stderr.text,
    type: (text) => stdin.write(text),
    stop,
  }
}

export interface Ran {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs `mailfw` with these words where nobody can be asked. */
export async function run(...words: readonly string[]): Promise<Ran> {
  const { world, stdout, stderr } = createWorld()
  const exit = await mailfw(words, world)
  return { exit, stdout: stdout(), stderr: stderr() }
}
