import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname
const HEAVY = ['zod', 'ssh2', 'handlebars', 'js-yaml', 'diff', 'ipaddr.js', 'p-limit']

let directory = ''
let silent: Server
const started: ChildProcess[] = []

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mailfw-process-'))
  // It accepts and then says nothing, so that a host hangs for as long as the test likes.
  silent = createServer((socket) => socket.on('error', () => socket.destroy())).listen(0)
  await once(silent, 'listening')
})

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})

afterAll(async () => {
  silent.close()
  await rm(directory, { recursive: true })
})

interface Process {
  readonly child: ChildProcess
  readonly stderr: () => string
  readonly stdout: () => string
  /** The exit code once it has ended. */
  readonly ended: Promise<number | null>
}

function start(words: readonly string[], env: Record<string, string> = {}): Process {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...words], {
    env: { PATH: process.env['PATH'], HOME: directory, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.push(child)
  const texts = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (texts.stdout += String(chunk)))
  child.stderr.on('data', (chunk) => (texts.stderr += String(chunk)))
  const ended = once(child, 'close').then(() => child.exitCode)
  return { child, ended, stdout: () => texts.stdout, stderr: () => texts.stderr }
}

/** An inventory of hosts that never answer. */
async function hangingHosts(count: number): Promise<string> {
  const { port } = silent.address() as AddressInfo
  const path = join(directory, `hanging-${count}.yaml`)
  const hosts = Array.from(
    { length: count },
    (_, index) => `    mx${index + 1}: { ansible_host: 127.0.${index >> 8}.${(index & 255) + 1} }\n`,
  )
  const vars = `{ ansible_port: ${port}, mailfw_services: {} }`
  await writeFile(path, `mail:\n  vars: ${vars}\n  hosts:\n${hosts.join('')}`)
  return path
}

/** Waits until the process has said it, and fails where it ends before. */
async function said(process: Process, text: string): Promise<void> {
  const { stdout, stderr } = process.child
  while (!`${process.stdout()}${process.stderr()}`.includes(text)) {
    if (!stdout || !stderr || process.child.exitCode !== null) {
      throw new Error(`ended without saying ${text}: ${process.stderr()}`)
    }
    await Promise.race([once(stdout, 'data'), once(stderr, 'data'), process.ended])
  }
}

describe('the process', { timeout: 60_000 }, () => {
  it('loads nothing heavy for --help and --version', async () => {
    for (const words of [['--help'], ['--version'], ['deploy', '--help']]) {
      const coverage = await mkdtemp(join(directory, 'coverage-'))
      expect(await start(words, { NODE_V8_COVERAGE: coverage }).ended).toBe(0)
      const [report = ''] = await readdir(coverage)
      const loaded = await readFile(join(coverage, report), 'utf8')
      expect(loaded).toContain('/node_modules/yargs/')
      expect(HEAVY.filter((name) => loaded.includes(`/node_modules/${name}/`))).toEqual([])
    }
  })

  it('goes on to its end when whoever reads it leaves', async () => {
    const inventory = await hangingHosts(3)
    const run = start(['check', inventory, '--timeout', '600', '--forks', '2', '--output', 'jsonl'])
    await said(run, '"step":"connect"')
    run.child.stdout?.destroy()
    run.child.kill('SIGTERM')
    run.child.kill('SIGINT')
    expect(await run.ended).toBe(4)
    expect(run.stderr()).toBe('')
  })

  it('does not call it a success when the result could not be written', async () => {
    const inventory = await hangingHosts(1)
    const full = openSync('/dev/full', 'w')
    const child = spawn(process.execPath, ['--import', 'tsx', MAIN, 'render', inventory], {
      stdio: ['ignore', full, 'pipe'],
    })
    started.push(child)
    let stderr = ''
    child.stderr?.on('data', (chunk) => (stderr += String(chunk)))
    await once(child, 'close')
    closeSync(full)
    expect(stderr).toMatch(/^mailfw: the result could not be written: ENOSPC/)
    expect(child.exitCode).toBe(2)
  })

  it('starts no new host after the first signal and stops at the second', async () => {
    const inventory = await hangingHosts(3)
    const run = start(['check', inventory, '--forks', '1', '--timeout', '600', '--output', 'jsonl'])
    await said(run, '"step":"connect"')
    run.child.kill('SIGINT')
    await said(run, 'Stopping: no new host')
    expect(run.child.exitCode).toBeNull()
    run.child.kill('SIGINT')
    expect(await run.ended).toBe(4)
    const outcomes = run.stdout().match(/"outcome":"[a-z-]+"/g)
    expect(outcomes).toHaveLength(3)
  })

  it('tells in the text of a run that it is stopping', async () => {
    const run = start(['check', await hangingHosts(1), '--timeout', '600'])
    await said(run, 'mailfw check: 1 host')
    run.child.kill('SIGTERM')
    await said(run, 'Stopping: no new host is started')
    run.child.kill('SIGTERM')
    expect(await run.ended).toBe(4)
    expect(run.stdout()).toContain('1 host in ')
  })
})
