import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { replaceFile } from '../../src/lib/replace-file.ts'

let directory = ''
let umask = 0

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mailfw-replace-'))
  umask = process.umask(0o077)
})

afterEach(async () => {
  process.umask(umask)
  await rm(directory, { recursive: true })
})

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8)
}

describe('a file that is replaced', () => {
  it('has the new text and nothing beside it', async () => {
    const path = join(directory, 'file')
    await replaceFile(path, 'a long text\n', { durable: true })
    await replaceFile(path, 'short\n')
    expect(await readFile(path, 'utf8')).toBe('short\n')
    expect(await readdir(directory)).toEqual(['file'])
  })

  it('has the permissions that were asked for, whatever the umask, else those that the umask leaves', async () => {
    await replaceFile(join(directory, 'open'), '', { mode: 0o644 })
    await replaceFile(join(directory, 'usual'), '')
    expect(await modeOf(join(directory, 'open'))).toBe('644')
    expect(await modeOf(join(directory, 'usual'))).toBe('600')
  })

  it('is never seen half written, nor under a name with its ending', async () => {
    const path = join(directory, 'mailfw.prom')
    const texts = ['a', 'b'].map((letter) => letter.repeat(1_000_000))
    await replaceFile(path, texts[0] ?? '')
    const writing = replaceFile(path, texts[1] ?? '', { durable: true })
    let seen: string | undefined
    while (seen !== texts[1]) {
      seen = await readFile(path, 'utf8')
      expect(texts).toContain(seen)
      expect((await readdir(directory)).filter((name) => name.endsWith('.prom'))).toEqual(['mailfw.prom'])
    }
    await writing
  })

  it('leaves the old one and nothing else where it cannot take its place', async () => {
    await mkdir(join(directory, 'taken', 'full'), { recursive: true })
    await expect(replaceFile(join(directory, 'taken'), 'text')).rejects.toThrow(/EISDIR|ENOTEMPTY/)
    await expect(replaceFile(join(directory, 'none', 'file'), 'text')).rejects.toThrow('ENOENT')
    expect(await readdir(directory)).toEqual(['taken'])
  })

  it('takes the place of a link, whose target stays', async () => {
    await writeFile(join(directory, 'target'), 'old')
    await symlink('target', join(directory, 'link'))
    await replaceFile(join(directory, 'link'), 'new')
    expect(await readFile(join(directory, 'target'), 'utf8')).toBe('old')
    expect(await readFile(join(directory, 'link'), 'utf8')).toBe('new')
  })
})
