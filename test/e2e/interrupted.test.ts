import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { collectText } from '../lab/supervisor.ts'
import type { HostState } from './host-state.ts'
import { stateOf } from './host-state.ts'
import type { LiveRun } from './mailfw.ts'
import { CLOSED, isStep, MAILFW, SHORTEST, startDeploy } from './mailfw.ts'

const once = ['in-flight', 'not-started']
const twice = ['abandoned', 'abandoned-too']

describeLab('a run that is interrupted', () => {
  let lab: Lab
  let inventory: string
  beforeAll(async () => {
    lab = await createLab([...once, ...twice].map((name) => ({ name })))
    inventory = await lab.inventory({ all: CLOSED })
  })
  afterAll(() => lab.close())

  const interrupt = (run: Pick<LiveRun, 'child'>) => run.child.kill('SIGINT')
  const stateFile = async (name: string) =>
    (await lab.host(name).run('ls /run/mailfw/attempt | grep ^state')).stdout.trim()

  it('starts no new host after the first Ctrl-C and finishes those in flight', async () => {
    const before = await stateOf(lab.host('in-flight'))
    const run = startDeploy(lab, inventory, '--forks', '1', '--limit', once.join(','))
    await run.until(isStep('in-flight', 'confirm'))
    interrupt(run)
    expect(await run.ended).toBe(5)
    expect(run.host('in-flight')).toMatchObject({ outcome: 'reverted', code: 'locked-out' })
    expect(await stateOf(lab.host('in-flight'))).toEqual(before)
    expect(run.host('not-started')).toMatchObject({ outcome: 'skipped', code: 'stopped', connections: 0 })
    expect(run.events.at(-1)).toMatchObject({ event: 'end', exit: 5, summary: { reverted: 1, skipped: 1 } })
  })

  it('stops at once after the second, names each guard with its time, and leaves the rest to them', async () => {
    const before = new Map<string, HostState>()
    for (const name of twice) before.set(name, await stateOf(lab.host(name)))
    const child = lab.spawnController([...MAILFW, 'deploy', inventory, '--limit', twice.join(',')])
    if (child.stdout === null || child.stderr === null) throw new Error('Expected a child with pipes')
    const stdout = collectText(child.stdout)
    const stderr = collectText(child.stderr)
    const ended = new Promise((resolve) => child.on('close', resolve))
    for (const name of twice)
      await expect.poll(() => stateFile(name), { timeout: 30_000 }).toBe('state.applied')
    interrupt({ child })
    await expect.poll(stderr, { timeout: 5_000 }).toContain('Stopping: no new host is started')
    interrupt({ child })
    const interrupted = performance.now()
    expect(await ended).toBe(6)
    expect(performance.now() - interrupted).toBeLessThan(3_000)
    expect(stdout()).toContain('2 hosts in ')
    for (const name of twice) {
      const guard = new RegExp(
        `guard armed ${name}: the guard of attempt [0-9a-f]{16} puts the old rules back at \\d\\d:\\d\\d:\\d\\d`,
      )
      expect(stdout().replaceAll(/\s+/g, ' ')).toMatch(guard)
      expect(await stateFile(name)).toBe('state.applied')
    }
    for (const name of twice) {
      await expect.poll(() => stateFile(name), { timeout: SHORTEST * 2_000 }).toBe('state.reverted')
      expect(await stateOf(lab.host(name))).toEqual(before.get(name))
    }
  })
})
