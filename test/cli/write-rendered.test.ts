import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeRendered } from '../../src/cli/write-rendered.ts'
import type { Job } from '../../src/host/visit.ts'

let directory = ''

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mailfw-out-'))
})

afterEach(async () => {
  await rm(directory, { recursive: true })
})

/** Only the name of the host matters here. */
function job(name: string, text = 'text\n'): Job {
  return { host: { name }, wanted: { v4: `v4 ${text}`, v6: `v6 ${text}` } } as Job
}

describe('rendered files', () => {
  it('are written byte for byte, a directory for each host, nothing beside them', async () => {
    const out = join(directory, 'deep', 'build')
    expect(await writeRendered([job('mx1'), job('mx2')], ['v4', 'v6'], out)).toBe(4)
    expect((await readdir(out, { recursive: true })).sort()).toEqual([
      'mx1',
      'mx1/rules.v4',
      'mx1/rules.v6',
      'mx2',
      'mx2/rules.v4',
      'mx2/rules.v6',
    ])
    expect(await readFile(join(out, 'mx2', 'rules.v6'), 'utf8')).toBe('v6 text\n')
  })

  it('replace older ones', async () => {
    await writeRendered([job('mx1', 'old, and longer than the new one\n')], ['v4'], directory)
    await writeRendered([job('mx1', 'new\n')], ['v4'], directory)
    expect(await readFile(join(directory, 'mx1', 'rules.v4'), 'utf8')).toBe('v4 new\n')
  })

  for (const name of ['..', '.', '../escape', 'a/b', '/etc', 'nul\0']) {
    it(`are not written for a host that is called ${JSON.stringify(name)}, nor for any other`, async () => {
      const out = join(directory, 'out')
      await expect(writeRendered([job('mx1'), job(name)], ['v4'], out)).rejects.toThrow(
        'cannot be the name of a directory',
      )
      expect(await readdir(directory)).toEqual([])
    })
  }

  it('do not follow a link out of the directory', async () => {
    await mkdir(join(directory, 'out'))
    await mkdir(join(directory, 'elsewhere'))
    await symlink('../elsewhere', join(directory, 'out', 'mx1'))
    await expect(writeRendered([job('mx1')], ['v4'], join(directory, 'out'))).rejects.toThrow('symbolic link')
    expect(await readdir(join(directory, 'elsewhere'))).toEqual([])
  })

  it('are refused with a sentence where they cannot be written', async () => {
    await writeFile(join(directory, 'mx1'), '')
    await expect(writeRendered([job('mx1')], ['v4'], directory)).rejects.toThrow(
      /rules\.v4 cannot be written: EEXIST/,
    )
  })
})
