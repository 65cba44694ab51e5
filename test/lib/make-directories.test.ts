import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeDirectories } from '../../src/lib/make-directories.ts'

describe('making directories', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'mailfw-directories-'))
  })
  afterEach(() => {
    rmSync(directory, { recursive: true })
  })

  it('makes all that are missing, with the mode', async () => {
    await makeDirectories(join(directory, 'a/b/c'), 0o700)
    for (const path of ['a', 'a/b', 'a/b/c']) expect(statSync(join(directory, path)).mode & 0o777).toBe(0o700)
  })

  it('leaves those that are there as they are, also behind a link', async () => {
    mkdirSync(join(directory, 'a'), { mode: 0o755 })
    symlinkSync('a', join(directory, 'link'))
    await makeDirectories(join(directory, 'link/b'), 0o700)
    await makeDirectories(join(directory, 'link'), 0o700)
    expect(statSync(join(directory, 'a')).mode & 0o777).toBe(0o755)
    expect(statSync(join(directory, 'a/b')).isDirectory()).toBe(true)
  })

  it('may be done by several at once', async () => {
    const path = join(directory, 'a/b/c')
    await Promise.all([makeDirectories(path), makeDirectories(path), makeDirectories(join(path, 'd'))])
    expect(statSync(join(path, 'd')).isDirectory()).toBe(true)
  })

  it.each(['file', 'file/a', 'nowhere', 'nowhere/a'])('fails at %s', async (path) => {
    writeFileSync(join(directory, 'file'), '')
    symlinkSync('gone', join(directory, 'nowhere'))
    await expect(makeDirectories(join(directory, path))).rejects.toThrow(/EEXIST|ENOTDIR|ENOENT/)
    expect(statSync(join(directory, 'file')).isFile()).toBe(true)
  })

  it('fails where a directory can take no other', async () => {
    await expect(makeDirectories('/proc/a/b')).rejects.toThrow(/ENOENT/)
  })
})
