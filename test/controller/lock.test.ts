import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Held, Lock } from '../../src/controller/lock.ts'
import { takeLock } from '../../src/controller/lock.ts'
import type { Holder } from './holder.ts'
import { startHolder } from './holder.ts'

const NOW = '2026-01-02T03:04:05.000Z'

describe('the lock of an inventory', () => {
  let home: string
  let inventory: string
  let directory: string
  const holders: Holder[] = []

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'lock-'))
    inventory = join(home, 'fleet.yaml')
    directory = join(home, 'state', 'mailfw')
    await writeFile(inventory, '')
  })
  afterEach(async () => {
    for (const holder of holders.splice(0)) await holder.kill()
    await rm(home, { recursive: true })
  })

  const holder = (): Holder => {
    const started = startHolder(inventory, directory)
    holders.push(started)
    return started
  }
  const take = (
    options: { path?: string; wait?: AbortSignal; exists?: () => boolean } = {},
  ): Promise<Lock | Held> =>
    takeLock(options.path ?? inventory, {
      directory,
      now: NOW,
      wait: options.wait ?? false,
      processes: { pid: process.pid, exists: options.exists ?? (() => true) },
    })
  const taken = async (...options: Parameters<typeof take>): Promise<Lock> => {
    const lock = await take(...options)
    if (lock.kind === 'held') throw new Error(`Expected the lock to be free, but ${lock.pid} has it`)
    return lock
  }
  const lockFile = async (): Promise<string> => join(directory, (await readdir(directory))[0] ?? '')

  it('is had by one process, and others are told which and since when', async () => {
    const other = holder()
    expect(await other.take()).toEqual({ kind: 'lock' })
    expect(await take()).toEqual({ kind: 'held', pid: other.pid, since: '2026-01-01' })
  })

  it('is free again once it was released, and leaves no file behind', async () => {
    const other = holder()
    await other.take()
    await other.release()
    const lock = await taken()
    expect(await other.take()).toEqual({ kind: 'held', pid: process.pid, since: NOW })
    await lock.release()
    expect(await readdir(directory)).toEqual([])
  })

  it('is not taken from the next one by who releases twice', async () => {
    const lock = await taken()
    await lock.release()
    const other = holder()
    await other.take()
    await lock.release()
    expect(await take()).toMatchObject({ kind: 'held', pid: other.pid })
  })

  it('is taken over from a process that was killed', async () => {
    const other = holder()
    await other.take()
    await other.kill()
    const lock = await taken()
    await lock.release()
    expect(await readdir(directory)).toEqual([])
  })

  it('is taken over from a process that was killed and that nobody has waited for', async () => {
    // Between its child's death and its own, a shell that became something else waits for nobody.
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const pid = Number(String(line))
    await writeClaim({ pid, start: await startOf(pid) })
    expect(await take()).toMatchObject({ kind: 'held', pid })
    process.kill(pid, 'SIGKILL')
    while ((await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ')[2] !== 'Z');
    expect((await take()).kind).toBe('lock')
    parent.kill('SIGKILL')
  })

  it('is taken over from a process whose id another one has by now', async () => {
    await writeClaim({ pid: process.pid, start: '1' })
    await (await taken()).release()
  })

  it('is taken over where the machine died with half a file', async () => {
    await (await taken()).release()
    const other = holder()
    await other.take()
    await writeFile(await lockFile(), '{"pid":')
    expect((await take()).kind).toBe('lock')
  })

  it('is judged by the id of its process where that has no start', async () => {
    await writeClaim({ pid: 1 })
    expect((await take({ exists: () => true })).kind).toBe('held')
    expect((await take({ exists: () => false })).kind).toBe('lock')
  })

  it('is taken over where who took it over was killed in the middle', async () => {
    await writeClaim({ pid: 1, start: 'another' })
    const [file = ''] = await readdir(directory)
    await writeFile(
      join(directory, await breakerOf(file)),
      JSON.stringify(claim({ pid: 1, start: 'another' })),
    )
    await (await taken()).release()
    expect(await readdir(directory)).toEqual([])
  })

  it('is the same for every path of one inventory, and another for another one', async () => {
    await mkdir(join(home, 'elsewhere'))
    await symlink(home, join(home, 'elsewhere', 'link'))
    await symlink(inventory, join(home, 'other-name.yaml'))
    await taken()
    expect((await take({ path: join(home, 'elsewhere/link/fleet.yaml') })).kind).toBe('held')
    expect((await take({ path: join(home, 'other-name.yaml') })).kind).toBe('held')
    await writeFile(join(home, 'other.yaml'), '')
    expect((await take({ path: join(home, 'other.yaml') })).kind).toBe('lock')
  })

  it('is waited for until it is released', async () => {
    const other = holder()
    await other.take()
    const waiting = take({ wait: new AbortController().signal })
    await other.release()
    expect((await waiting).kind).toBe('lock')
  })

  it('is waited for no longer than until that is aborted', async () => {
    const other = holder()
    await other.take()
    const patience = new AbortController()
    const waiting = take({ wait: patience.signal })
    patience.abort()
    expect(await waiting).toMatchObject({ kind: 'held', pid: other.pid })
  })

  it('lies in a directory that nobody else may read', async () => {
    await taken()
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    expect((await stat(await lockFile())).mode & 0o777).toBe(0o600)
  })

  it('is had by exactly one of those who ask at once, also where it is to be taken over', async () => {
    const crowd = [holder(), holder(), holder(), holder()]
    await Promise.all(crowd.map(async (each) => (await each.take()).kind === 'lock' && each.release()))
    for (let round = 0; round < 60; round += 1) {
      if (round % 2 === 1) await writeClaim({ pid: 1, start: 'another', id: String(round) })
      const answers = await Promise.all(crowd.map((each) => each.take()))
      expect(answers.map(({ kind }) => kind).sort()).toEqual(['held', 'held', 'held', 'lock'])
      await Promise.all(crowd.map((each) => each.release()))
      expect(await readdir(directory)).toEqual([])
    }
  })

  const claim = (parts: Record<string, unknown>): unknown => ({ since: NOW, id: 'x', ...parts })

  /** Leaves behind what a process has claimed. */
  async function writeClaim(parts: Record<string, unknown>): Promise<void> {
    await (await taken()).release()
    const probe = await taken()
    const path = await lockFile()
    await probe.release()
    await writeFile(path, JSON.stringify(claim(parts)))
  }

  /** The file that whoever replaces a dead claim has meanwhile. */
  async function breakerOf(file: string): Promise<string> {
    const text = await readFile(join(directory, file), 'utf8')
    return `${file}.${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
  }
})

async function startOf(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ')[19] ?? ''
}
