import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { repository } from './source-files.ts'

const read = (path: string) => readFileSync(join(repository, path), 'utf8')

describe('the repository', () => {
  it('has nothing else at its top level', () => {
    const fixed = ['README.md', 'inventories', 'package.json', 'src', 'templates', 'test', 'tsconfig.json']
    // eslint looks for its configuration nowhere else
    const needed = ['LICENSE', 'eslint.config.js', 'package-lock.json']
    const made = ['dist', 'node_modules']
    const visible = readdirSync(repository).filter((name) => !name.startsWith('.'))
    const expected = [...fixed, ...needed]
    expect(
      visible.filter((name) => ![...expected, ...made].includes(name) && !name.endsWith('.tgz')),
    ).toEqual([])
    expect(expected.filter((name) => !visible.includes(name))).toEqual([])
  })
})

describe('package-lock.json', () => {
  it('names no registry, so that every mirror will do', () => {
    expect(read('package-lock.json')).not.toContain('"resolved"')
    expect(read('.npmrc')).toMatch(/^omit-lockfile-registry-resolved=true$/m)
  })

  it('has a checksum for every package', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { integrity?: string }>
    }
    const unchecked = Object.entries(packages).filter(([path, { integrity }]) => path !== '' && !integrity)
    expect(unchecked.map(([path]) => path)).toEqual([])
  })
})

describe('package.json', () => {
  const { scripts, dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<
    'scripts' | 'dependencies' | 'devDependencies',
    Record<string, string>
  >

  it('pins every dependency', () => {
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
    )
    expect(loose).toEqual([])
  })

  it('has scripts whose programs are there', () => {
    const words = Object.values(scripts).flatMap((script) => script.split(' '))
    const paths = words.filter((word) => /^(src|test)\/.*\.\w+$/.test(word))
    expect(paths.filter((path) => !existsSync(join(repository, path)))).toEqual([])
  })
})

describe('the tests', () => {
  it('make the paths that they need to be absent', () => {
    const files = readdirSync(join(repository, 'test'), { recursive: true, encoding: 'utf8' })
    const taken = files
      .filter((name) => name.endsWith('.ts'))
      .filter((name) =>
        /['"`@]\/(nonexistent|nowhere|missing|absent|no-such|does-not-exist)\b/.test(
          read(join('test', name)),
        ),
      )
    expect(taken).toEqual([])
  })
})
