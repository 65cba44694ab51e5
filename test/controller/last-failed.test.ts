import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lastFailedFile, writeLastFailed } from '../../src/controller/last-failed.ts'

let state = ''
beforeEach(async () => {
  state = join(await mkdtemp(join(tmpdir(), 'mailfw-last-failed-')), 'mailfw')
})
afterEach(() => rm(join(state, '..'), { recursive: true }))

describe('the names of the hosts that are not as wanted', () => {
  it('stand a line each in a file of our own, which an empty one replaces', async () => {
    await writeLastFailed(state, ['mx1', 'mx2.example.net'])
    expect(await readFile(lastFailedFile(state), 'utf8')).toBe('mx1\nmx2.example.net\n')
    expect((await stat(lastFailedFile(state))).mode & 0o777).toBe(0o600)
    await writeLastFailed(state, [])
    expect(await readFile(lastFailedFile(state), 'utf8')).toBe('')
    expect(await readdir(state)).toEqual(['last-failed'])
  })

  it('leave what was there where they cannot be written', async () => {
    await mkdir(lastFailedFile(state), { recursive: true })
    await writeFile(join(lastFailedFile(state), 'kept'), '')
    await expect(writeLastFailed(state, ['mx1'])).rejects.toThrow(/EISDIR|ENOTEMPTY/)
    expect(await readdir(state)).toEqual(['last-failed'])
  })
})
