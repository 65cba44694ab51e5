import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RunDocument } from '../../src/report/reporter.ts'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { MAILFW, OPEN } from './mailfw.ts'

const NAMES = ['mx1', 'mx2', 'mx3', 'store1']
const SHARDS = [1, 2, 3, 4, 5, 6]
const APART = { mailfw_rollout: { apart: ['mail'] } }

describeLab('a fleet that several controllers share', () => {
  let lab: Lab
  let inventory: string
  beforeAll(async () => {
    lab = await createLab(NAMES.map((name) => ({ name })))
    inventory = await lab.inventory({ all: { ...OPEN, ...APART } })
  })
  afterAll(() => lab.close())

  const merge = async (files: string, ...more: readonly string[]) => {
    const line = `${MAILFW.join(' ')} report merge ${files} ${more.join(' ')}`
    return lab.controller(['sh', '-c', line])
  }

  it('is deployed to by all shards at once, each host by one of them', async () => {
    const runs = await Promise.all(
      SHARDS.map((shard) =>
        lab.controller(
          [
            ...[...MAILFW, 'deploy', inventory, '--shard', `${shard}/${SHARDS.length}`],
            ...['--report', `shard-${shard}.json`],
          ],
          { env: { XDG_STATE_HOME: `${lab.home}/state-${shard}` }, timeoutSeconds: 100 },
        ),
      ),
    )
    expect(runs.map(({ code }) => code)).toEqual(SHARDS.map(() => 0))
    for (const { stderr } of runs) expect(stderr).toContain('Within shard ')
    expect(
      runs.some(({ stdout, stderr }) => `${stdout}${stderr}`.includes('Nothing to do: all 4 hosts')),
    ).toBe(true)
    const { code, stdout, stderr } = await merge('shard-*.json')
    expect([code, stderr]).toEqual([0, ''])
    const run = JSON.parse(stdout) as RunDocument
    expect(run.summary).toEqual({ confirmed: NAMES.length })
    expect(run.hosts.map(({ host }) => host).sort()).toEqual(NAMES)
  }, 120_000)

  it('has a shard that nobody heard of named', async () => {
    const { code, stdout, stderr } = await merge('shard-[2-6].json', '--output', 'text')
    expect([code, stderr.trim()]).toEqual([
      4,
      'Missing: shard 1/6. What became of their hosts is in none of the files.',
    ])
    expect(stdout).toContain(' confirmed')
  })
})
