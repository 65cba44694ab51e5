#!/usr/bin/env node
import { homedir, hostname, userInfo } from 'node:os'
import { mailfw } from './cli/mailfw.ts'
import type { World } from './cli/world.ts'
import { codeOf } from './lib/system-error.ts'

const EXIT_BUG = 1
const EXIT_INPUT = 2
const EXIT_UNKNOWN = 6

const stop = new AbortController()
const abandon = new AbortController()
let lostResult: string | undefined

const world: World = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  home: homedir(),
  localUser: loginName(),
  user: process.env['SUDO_USER'] ?? loginName(),
  controller: hostname(),
  program: [process.execPath, process.argv[1] ?? import.meta.filename],
  processes: { pid: process.pid, exists },
  clock: { now: Date.now, every },
  signalGroup,
  stop: stop.signal,
  abandon: abandon.signal,
}

surviveClosedPipes()
heedSignals()
leave(await run())

/** A bug is ours: the stack goes to whoever reports it. */
async function run(): Promise<number> {
  try {
    return await mailfw(process.argv.slice(2), world)
  } catch (error) {
    const stack = error instanceof Error ? error.stack : String(error)
    process.stderr.write(
      `mailfw: this is a bug in mailfw; please report it with these lines.\n${stack ?? ''}\n`,
    )
    return EXIT_BUG
  }
}

/** The first signal lets the hosts in flight finish; the second does not wait for them; a third ends us. */
function heedSignals(): void {
  const heed = (): void => {
    if (abandon.signal.aborted) process.exit(EXIT_UNKNOWN)
    if (stop.signal.aborted) abandon.abort()
    stop.abort()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, heed)
}

/** Whoever reads us may go, as in `mailfw check | head`; a run that changes hosts goes on to its end. */
function surviveClosedPipes(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') lostResult = error.message
  })
  process.stderr.on('error', () => undefined)
}

/** Ends the process once all that was written has left it, whatever handles are still open. */
function leave(code: number): void {
  process.stdout.write('', () => {
    setImmediate(() => {
      const lost = lostResult === undefined ? '' : `mailfw: the result could not be written: ${lostResult}.\n`
      process.stderr.write(lost, () =>
        process.exit(lostResult === undefined ? code : Math.max(code, EXIT_INPUT)),
      )
    })
  })
}

function every(milliseconds: number, action: () => void): () => void {
  const timer = setInterval(action, milliseconds).unref()
  return () => {
    clearInterval(timer)
  }
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal)
  } catch {
    // It is gone, or runs as somebody else
  }
}

function loginName(): string {
  try {
    return userInfo().username
  } catch {
    return process.env['USER'] ?? 'unknown'
  }
}
