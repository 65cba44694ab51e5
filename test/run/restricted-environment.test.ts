import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { listedPrograms } from './listed-programs.ts'
import { restrictedEnvironment } from './restricted-environment.ts'

describe.skipIf(listedPrograms() === undefined)('the programs that tests may start', () => {
  it('are those of a minimal Debian and of the listed packages', () => {
    const minimal = listedPrograms([])
    const withNetcat = listedPrograms(['netcat-openbsd'])
    expect(minimal?.has('sh')).toBe(true)
    expect(minimal?.has('nc.openbsd')).toBe(false)
    expect(withNetcat?.has('nc.openbsd')).toBe(true)
  })

  it('have the names of alternatives, for what the packages bring', () => {
    expect(listedPrograms([])?.has('nc')).toBe(false)
    expect(listedPrograms(['netcat-openbsd'])?.get('nc')).toBe('/bin/nc.openbsd')
    expect(listedPrograms(['iptables'])?.get('ip6tables-save')).toBe('/usr/sbin/ip6tables-nft-save')
  })

  it('are all that PATH has, and the hosts of a lab', () => {
    const root = mkdtempSync(join(tmpdir(), 'mailfw-programs-'))
    const stray = join(root, 'stray')
    mkdirSync(stray)
    writeFileSync(join(stray, 'stray'), '#!/bin/sh\n', { mode: 0o755 })
    vi.stubEnv('PATH', `${stray}:${process.env['PATH'] ?? ''}`)
    onTestFinished(() => {
      vi.unstubAllEnvs()
      rmSync(root, { recursive: true })
    })
    const env = { ...restrictedEnvironment(root) }
    const isFound = (name: string) => spawnSync('sh', ['-c', `command -v ${name}`], { env }).status === 0
    expect(['stray', 'sh', 'iptables', 'node', 'npm'].map(isFound)).toEqual([false, true, true, true, true])
    const hidden = spawnSync('tar', ['-tf', env.MAILFW_TEST_HIDDEN ?? ''], { env, encoding: 'utf8' }).stdout
    expect(hidden).not.toMatch(/^usr\/s?bin\/(sh|dash|iptables|iptables-nft|xtables-nft-multi)$/m)
  })
})
