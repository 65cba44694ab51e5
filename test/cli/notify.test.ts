import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { notify } from '../../src/cli/notify.ts'

/** More than a pipe holds. */
const LONG = 'x'.repeat(1_000_000)

let directory = ''

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mailfw-notify-'))
})

afterEach(async () => {
  await rm(directory, { recursive: true })
})

interface Asked {
  readonly document?: string
  readonly until?: AbortSignal
  readonly graceMilliseconds?: number
}

/** Runs a command whose `$OUT` is a file of this test. */
async function told(command: string, { document = '{}\n', until, ...options }: Asked = {}) {
  return notify(
    { command, document, exit: 4 },
    {
      env: { PATH: process.env['PATH'], OUT: join(directory, 'out'), GREETING: 'hello' },
      signalGroup: (leader, signal) => {
        try {
          process.kill(-leader, signal)
        } catch {
          // Gone
        }
      },
      until: until ?? new AbortController().signal,
      ...options,
    },
  )
}

async function out(): Promise<string> {
  return readFile(join(directory, 'out'), 'utf8').catch(() => '')
}

/** What has ended and waits to be reaped, by whomever, is not there. */
async function isThere(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z')
  return !/\) Z[^)]*$/.test(stat)
}

/** Ends a command, once it has written a line to `$OUT`, and returns what came of it and the process id on that line. */
async function cutShort(command: string, graceMilliseconds?: number) {
  const limit = new AbortController()
  const ended = told(command, {
    until: limit.signal,
    ...(graceMilliseconds !== undefined && { graceMilliseconds }),
  })
  await expect.poll(out, { interval: 10 }).toMatch(/\n/)
  limit.abort(new DOMException('', 'TimeoutError'))
  return { fault: await ended, pid: Number((await out()).split('\n')[0]) }
}

describe('the command of --notify', () => {
  it('gets the document on its stdin, our environment, and the exit code in MAILFW_EXIT', async () => {
    expect(await told('{ cat; echo "$GREETING $MAILFW_EXIT"; } >"$OUT"', { document: LONG })).toBeUndefined()
    expect(await out()).toBe(`${LONG}hello 4\n`)
  })

  it('is a line for a shell', async () => {
    expect(await told(`printf '%s' "a b" 'c;d' | tr a-z A-Z >"$OUT"; true`)).toBeUndefined()
    expect(await out()).toBe('A BC;D')
  })

  it.each(['true', 'exec <&-; true', 'head -c 1 >/dev/null'])(
    'may leave its stdin unread: %s',
    async (command) => {
      expect(await told(command, { document: LONG })).toBeUndefined()
    },
  )

  it('is done when it has ended, though something that it started goes on', async () => {
    expect(await told('sleep 30 & echo $! >"$OUT"')).toBeUndefined()
    const pid = Number(await out())
    expect(await isThere(pid)).toBe(true)
    process.kill(pid, 'SIGKILL')
  })

  it('is told of when it fails', async () => {
    expect(await told('exit 7')).toBe('ended with exit code 7')
    expect(await told('kill -s SEGV $$')).toBe('was ended by SIGSEGV')
    expect(await told(`'${directory}/missing/mail' 2>/dev/null`)).toBe('ended with exit code 127')
    expect(await told(`: ${LONG}`)).toMatch(/^could not be started: .*E2BIG/)
  })

  it('is ended with all that it started when its time is over', async () => {
    const { fault, pid } = await cutShort('sh -c \'echo $$ >"$OUT"; sleep 600; :\'; true')
    expect(fault).toBe('took too long and was ended')
    await expect.poll(() => isThere(pid)).toBe(false)
  })

  it('may tidy up then', async () => {
    await cutShort('trap \'echo tidy >>"$OUT"; exit 0\' TERM; echo $$ >"$OUT"; while :; do sleep 0.05; done')
    expect(await out()).toMatch(/^\d+\ntidy\n$/)
  })

  it('is killed where it does not end by itself', async () => {
    const { fault, pid } = await cutShort('trap "" TERM; echo $$ >"$OUT"; while :; do sleep 0.05; done', 100)
    expect(fault).toBe('took too long and was ended')
    await expect.poll(() => isThere(pid)).toBe(false)
  })

  it('is not waited for where no signal reaches it', async () => {
    const until = AbortSignal.abort()
    const silent = { signalGroup: () => undefined, env: process.env, until, graceMilliseconds: 10 }
    const fault = await notify({ command: 'exec sleep 3', document: '', exit: 3 }, silent)
    expect(fault).toBe('was interrupted')
  })
})
