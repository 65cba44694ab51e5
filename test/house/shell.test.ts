import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { shellCallsIn, shellTextsIn, startsPrograms } from './shell.ts'
import { parseSource, pathsBelow, repository, sourceFiles } from './source-files.ts'

const files = sourceFiles()
const parse = (text: string) => parseSource('lib/x.ts', text)

describe('src', () => {
  it('has one shell program, host.sh', () => {
    const scripts = pathsBelow(join(repository, 'src')).filter(
      (path) => path.endsWith('.sh') || /^#!.*sh\b/.test(readFileSync(join(repository, 'src', path), 'utf8')),
    )
    expect(scripts).toEqual(['remote/host.sh'])
  })

  it('has no shell in its strings, but for the frame of host.sh, a ProxyCommand and what a person may copy', () => {
    const places = files.flatMap(shellTextsIn).map((place) => place.replace(/:\d+$/, ''))
    expect([...new Set(places)]).toEqual([
      'model/distribution.ts',
      'remote/archive.ts',
      'remote/become/commands.ts',
      'transport/line/proxy-command.ts',
    ])
  })

  it('starts programs only to ask ssh, git and systemd, for a ProxyCommand and --notify, which are lines for a shell, and on this machine', () => {
    expect(files.filter(startsPrograms).map(({ path }) => path)).toEqual([
      'cli/notify.ts',
      'cli/revision.ts',
      'controller/systemd.ts',
      'transport/config/ssh-g.ts',
      'transport/line/proxy-command.ts',
      'transport/local/local.ts',
    ])
    const ownLines = ['cli/notify.ts', 'transport/line/proxy-command.ts']
    expect(files.filter(({ path }) => !ownLines.includes(path)).flatMap(shellCallsIn)).toEqual([])
  })
})

describe('these rules', () => {
  it.each([
    "const a = '#!/bin/sh\\n'",
    "const a = `sh -c '${b}'`",
    "const a = ['bash -s']",
    "const a = 'if true; then echo; fi'",
    'const a = `id=$(id -u) ${b}`',
    "const a = 'iptables-save 2>/dev/null'",
    "const a = `cat <<'END'\\n${b}`",
    "const a = 'set -eu\\necho'",
  ])('see shell in %s', (text) => {
    expect(shellTextsIn(parse(text))).toHaveLength(1)
  })

  it.each([
    "const a = 'the host said nothing && that is all'",
    "const a = 'push to the host; then confirm'",
    "const a = '-A INPUT -j ACCEPT'",
    'const a = b && c || d',
    "// sh -c 'x'",
  ])('see no shell in %s', (text) => {
    expect(shellTextsIn(parse(text))).toEqual([])
  })

  it.each(["import { exec } from 'node:child_process'", 'spawn(a, { shell: true })', 'spawn(a, { shell })'])(
    'see that a shell is asked for in %s',
    (text) => {
      expect(shellCallsIn(parse(text))).toHaveLength(1)
    },
  )
})
