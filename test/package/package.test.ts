import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pathsBelow, repository } from '../house/source-files.ts'
import { loadedScripts } from './loaded-scripts.ts'
import type { PlainUser } from './plain-user.ts'
import { execute, makePlainUser } from './plain-user.ts'

/** A copy of the repository as a clone has it, so that packing leaves our own `dist` alone. */
function copyOfRepository(): string {
  const copy = mkdtempSync(join(tmpdir(), 'mailfw-pack-'))
  const left = ['node_modules', 'dist', 'test', '.git']
  for (const name of readdirSync(repository)) {
    if (!left.includes(name)) cpSync(join(repository, name), join(copy, name), { recursive: true })
  }
  symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

describe('the npm package', () => {
  let copy: string
  let user: PlainUser
  let installed: string
  let mailfw: string

  beforeAll(() => {
    copy = copyOfRepository()
    user = makePlainUser()
    const { home } = user
    const packed = execute(['npm', 'pack', '--json', '--pack-destination', home], { cwd: copy })
    const [{ filename = '' } = {}] = JSON.parse(packed.slice(packed.indexOf('['))) as { filename?: string }[]
    user.run([
      'npm',
      'install',
      '-g',
      '--prefix',
      join(home, 'prefix'),
      '--ignore-scripts',
      join(home, filename),
    ])
    installed = join(home, 'prefix/lib/node_modules/mailfw')
    mailfw = join(home, 'prefix/bin/mailfw')
  })
  afterAll(() => {
    rmSync(copy, { recursive: true })
    rmSync(user.home, { recursive: true })
  })

  it('holds what runs and what is read, and nothing else', () => {
    const paths = pathsBelow(installed).filter((path) => !path.startsWith('node_modules/'))
    const wanted = ['templates', 'inventories'].flatMap((directory) =>
      pathsBelow(join(repository, directory)).map((path) => `${directory}/${path}`),
    )
    const page = pathsBelow(join(repository, 'src/report/page/browser')).map((name) => `dist/browser/${name}`)
    const named = [...wanted, ...page, 'LICENSE', 'README.md', 'package.json', 'dist/main.js', 'dist/host.sh']
    expect(named.filter((path) => !paths.includes(path))).toEqual([])
    const others = paths.filter((path) => !named.includes(path))
    expect(others.filter((path) => !/^dist\/[\w-]+\.js$/.test(path))).toEqual([])
  })

  it('has host.sh byte for byte', () => {
    expect(readFileSync(join(installed, 'dist/host.sh'))).toEqual(
      readFileSync(join(repository, 'src/remote/host.sh')),
    )
  })

  it('gives a plain user a mailfw that knows its version', () => {
    const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
      version: string
    }
    expect(user.run([mailfw, '--version'])).toBe(`${version}\n`)
  })

  it('renders every inventory of ours, from any directory', () => {
    const elsewhere = join(user.home, 'else/where')
    mkdirSync(elsewhere, { recursive: true })
    for (const name of readdirSync(join(repository, 'inventories'))) {
      const rendered = user.run([mailfw, 'render', join(installed, 'inventories', name)], elsewhere)
      expect(rendered).toContain('-A INPUT -i lo -m comment --comment loopback -j ACCEPT\n')
    }
  })

  it('loads nothing heavy for --help and --version, but all that render needs', () => {
    const heavy = ['zod', 'ssh2', 'handlebars', 'js-yaml', 'diff', 'ipaddr.js', 'p-limit']
    const heavyIn = (words: readonly string[]) => {
      const scripts = loadedScripts([mailfw, ...words], user)
      return heavy.filter((name) => scripts.some((script) => script.includes(`node_modules/${name}/`)))
    }
    expect(heavyIn(['--version'])).toEqual([])
    expect(heavyIn(['--help'])).toEqual([])
    expect(heavyIn(['deploy', '--help'])).toEqual([])
    expect(heavyIn(['render', join(installed, 'inventories/fleet.yaml')])).toEqual(
      expect.arrayContaining(['zod', 'handlebars', 'js-yaml']),
    )
  })
})
