import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { restrictedEnvironment } from '../run/restricted-environment.ts'
import { describeLab } from './describe-lab.ts'
import { createLab } from './lab.ts'
import { missingPackages, neededPackages } from './packages.ts'

it('finds administrators’ programs also with the PATH of an ordinary user', () => {
  const names = () => missingPackages().map(({ name }) => name)
  const ofRoot = names()
  vi.stubEnv('PATH', `${process.env['PATH'] ?? ''}:/usr/bin`.replaceAll(/[^:]*sbin:/g, ''))
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
  expect(names()).toEqual(ofRoot)
})

it('names the package of each program that is not there', () => {
  const empty = mkdtempSync(join(tmpdir(), 'mailfw-empty-'))
  expect(missingPackages([empty])).toEqual(neededPackages)
  rmSync(empty, { recursive: true })
})

describeLab('a lab', () => {
  it('has hosts without the programs that the listed packages do not bring', async () => {
    const root = mkdtempSync(join(tmpdir(), 'mailfw-programs-'))
    const environment = { ...restrictedEnvironment(root) }
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
    const lab = await createLab([{ name: 'mx1' }])
    onTestFinished(async () => {
      vi.unstubAllEnvs()
      await lab.close()
      rmSync(root, { recursive: true })
    })
    const find = 'for name in sh iptables awk ipset npm npx; do command -v $name; done; :'
    expect(await lab.host('mx1').succeed(find)).toBe(
      '/usr/bin/sh\n/usr/sbin/iptables\n/usr/bin/awk\n/usr/sbin/ipset\n',
    )
  })
})
