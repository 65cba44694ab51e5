import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inventoryRevision } from '../../src/cli/revision.ts'

let directory = ''

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mailfw-git-'))
})

afterAll(async () => {
  await rm(directory, { recursive: true })
})

function git(...words: readonly string[]): string {
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.net', '-c', 'commit.gpgsign=false']
  return execFileSync('git', [...who, ...words], { cwd: directory, encoding: 'utf8' }).trim()
}

describe('the revision of the inventory', () => {
  it('is absent outside git, then the commit, then marked when the file was changed', async () => {
    const inventory = join(directory, 'fleet.yaml')
    await writeFile(inventory, 'a\n')
    expect(await inventoryRevision(inventory)).toBeUndefined()
    git('init', '-q')
    git('add', '.')
    git('commit', '-qm', 'one')
    git('tag', '-a', '-m', 'a tag changes nothing', 'v1')
    const commit = git('rev-parse', '--short', 'HEAD')
    expect(await inventoryRevision(inventory)).toBe(commit)
    await writeFile(inventory, 'b\n')
    expect(await inventoryRevision(inventory)).toBe(`${commit}-dirty`)
  })
})
