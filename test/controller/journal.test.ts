import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BOUNDS } from '../../src/controller/journal-bounds.ts'
import { journalPlace } from '../../src/controller/journal-place.ts'
import type { Journal } from '../../src/controller/journal.ts'
import { openJournal } from '../../src/controller/journal.ts'

const ENDED = '{"event":"end","summary":{},"exit":0,"seconds":1}\n'
const NEVER_ENDED = '{"event":"run"}\n{"event":"step","ho'
const DAYS_AGO = new Date(Date.now() - 3 * 86_400_000)

let state = ''
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'mailfw-journal-'))
})
afterEach(() => rm(state, { recursive: true }))

const directory = (): string => join(state, 'journal')
const at = (second: number): { started: string; run: string } => ({
  started: `2026-11-22T14:02:${String(second).padStart(2, '0')}.000Z`,
  run: String(second).padStart(16, '0'),
})
const begin = (second: number, bounds: Partial<typeof BOUNDS> = {}): Journal =>
  openJournal(journalPlace(state, at(second)), { ...BOUNDS, ...bounds })
const path = (second: number): string => join(directory(), journalPlace(state, at(second)).name)

/** What other runs have left, oldest first. */
async function left(...texts: readonly string[]): Promise<void> {
  await mkdir(directory(), { recursive: true })
  for (const [index, text] of texts.entries()) await writeFile(path(index), text)
}

async function seconds(): Promise<number[]> {
  const names = await readdir(directory())
  return names
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => Number(name.slice(17, 19)))
    .sort()
}

describe('the journal of a run', () => {
  it('has all lines in their order, for nobody else to read', async () => {
    const umask = process.umask(0)
    const journal = begin(1)
    for (let line = 0; line < 1_000; line += 1) journal.write(`${line}\n`)
    await journal.close().finally(() => process.umask(umask))
    expect((await readFile(path(1), 'utf8')).split('\n').slice(0, -1).map(Number)).toEqual(
      Array.from({ length: 1_000 }, (_, line) => line),
    )
    expect((await stat(path(1))).mode & 0o777).toBe(0o600)
    expect((await stat(directory())).mode & 0o777).toBe(0o700)
  })

  it('has each line soon after it was written, while the run goes on', async () => {
    const journal = begin(1)
    for (const line of ['one\n', 'two\n', 'three\n']) {
      journal.write(line)
      await expect.poll(() => readFile(path(1), 'utf8').catch(() => ''), { timeout: 2_000 }).toContain(line)
    }
    await journal.close()
  })

  it('ends with a line that says so where the run would make it too long', async () => {
    const journal = begin(1, { runBytes: 10_000 })
    for (let line = 0; line < 1_000; line += 1) journal.write(`{"line":${line}}${' '.repeat(90)}\n`)
    await journal.close()
    const text = await readFile(path(1), 'utf8')
    expect(text.length).toBeLessThan(10_300)
    expect(text).toMatch(/\n\{"event":"notice","message":"The journal of this run ends here,[^\n]*\}\n$/)
  })

  it.each([
    ['a directory that cannot be made', () => symlink('/dev/null', directory()), /ENOTDIR|EEXIST/],
    ['a journal of that name', () => left('', 'other'), /EEXIST/],
  ])('says why it could not be written, and throws nothing before: %s', async (_, spoil, reason) => {
    await spoil()
    const journal = begin(1)
    for (let line = 0; line < 10; line += 1) journal.write('line\n')
    await expect(journal.close()).rejects.toThrow(reason)
    journal.write('too late\n')
  })
})

describe('all journals', () => {
  it('are at most so many, and the oldest go', async () => {
    await left(ENDED, ENDED, ENDED, ENDED)
    await begin(9, { runs: 3 }).close()
    expect(await seconds()).toEqual([2, 3, 9])
  })

  it('take at most so many bytes together, and the own one is never removed', async () => {
    await left(ENDED, ENDED, ENDED)
    await truncate(path(1), 5_000)
    const journal = begin(9, { bytes: 4_000 })
    journal.write(`${'x'.repeat(3_990)}\n`)
    await journal.close()
    expect(await seconds()).toEqual([9])
    await begin(10, { bytes: 10 }).close()
    expect(await seconds()).toEqual([10])
  })

  it('leave those of runs that may go on, while others can go', async () => {
    await left(NEVER_ENDED, ENDED, NEVER_ENDED, ENDED)
    await utimes(path(2), DAYS_AGO, DAYS_AGO)
    await begin(9, { runs: 3 }).close()
    expect(await seconds()).toEqual([0, 3, 9])
    await begin(10, { runs: 1 }).close()
    expect(await seconds()).toEqual([10])
  })

  it('take one that became too long for one that has ended', async () => {
    const journal = begin(0, { runBytes: 0 })
    journal.write('too long\n')
    await journal.close()
    await left()
    await writeFile(path(1), NEVER_ENDED)
    await begin(9, { runs: 2 }).close()
    expect(await seconds()).toEqual([1, 9])
  })

  it('touch no file of somebody else', async () => {
    await left(ENDED, ENDED)
    await writeFile(join(directory(), 'notes.jsonl'), '')
    await mkdir(join(directory(), 'kept'))
    await begin(9, { runs: 1 }).close()
    expect((await readdir(directory())).sort()).toEqual([
      journalPlace(state, at(9)).name,
      'kept',
      'notes.jsonl',
    ])
  })

  it('stay within their bounds where many runs begin and end at once', async () => {
    await left(...Array.from({ length: 20 }, () => ENDED))
    const journals = Array.from({ length: 30 }, (_, index) => begin(20 + index, { runs: 10 }))
    for (const journal of journals) journal.write(ENDED)
    await Promise.all(journals.map((journal) => journal.close()))
    await begin(55, { runs: 10 }).close()
    expect((await seconds()).length).toBe(10)
  })
})
