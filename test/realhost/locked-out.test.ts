import { afterAll, beforeAll, expect, it } from 'vitest'
import type { HostState } from '../e2e/host-state.ts'
import { stateOf } from '../e2e/host-state.ts'
import { CLOSED, isStep, mailfw, OPEN, SHORTEST, startDeploy } from '../e2e/mailfw.ts'
import type { LabHost } from '../lab/host.ts'
import type { Lab } from '../lab/lab.ts'
import { handWrittenRules } from '../lab/programs/rulesets.ts'
import { describeReal } from './describe-real.ts'
import { guardUnit, guardUnits } from './guard-unit.ts'
import { createRealLab } from './real-lab.ts'
import { until } from './until.ts'

type Disturbance = (host: LabHost) => Promise<unknown>

/** What happens to the guard of each host while it waits. */
const disturbances: Readonly<Record<string, Disturbance>> = {
  nothing: () => Promise.resolve(),
  // More often than systemd would by default start anything again
  'SIGKILL, seven times': async (host) => {
    const unit = await guardUnit(host)
    for (let kill = 0; kill < 7; kill += 1) {
      const before = await unit.pid()
      await host.succeed(`systemctl kill --signal KILL ${unit.name}`)
      await until('the guard to come back', async () => ![0, before].includes(await unit.pid()), 5)
    }
  },
  'daemon-reload': (host) => host.succeed('systemctl daemon-reload; systemctl daemon-reload'),
  'daemon-reexec': (host) => host.succeed('systemctl daemon-reexec'),
}
const guarded = Object.keys(disturbances).map((what) => ({
  name: what.toLowerCase().replaceAll(/\W+/g, '-'),
  what,
}))
const rebooted = 'rebooted'
const names = [...guarded.map(({ name }) => name), rebooted]

/** How much later than at the deadline the guard may be: it looks once a second, and the machine is busy. */
const LATE = 4

describeReal('a real host that locks its controller out, which dies', (image) => {
  let lab: Lab
  let before: ReadonlyMap<string, HostState>
  let started: number
  let applied: number
  beforeAll(async () => {
    lab = await createRealLab(
      image,
      names.map((name) => ({ name, saved: handWrittenRules() })),
    )
    before = await states()
    started = performance.now()
    const run = startDeploy(lab, await lab.inventory({ all: CLOSED }))
    await Promise.all(names.map((name) => run.until(isStep(name, 'confirm'))))
    applied = performance.now()
    run.child.kill('SIGKILL')
    await run.ended
  })
  afterAll(() => lab.close())

  const states = async () =>
    new Map(
      await Promise.all(
        [...lab.hosts.values()].map(async (host) => [host.name, await stateOf(host)] as const),
      ),
    )
  const reach = (name: string) => lab.connects('controller', lab.host(name).address, 22)

  it.concurrent.for(guarded)(
    'has its old rules when the window is over, not before and not much later, whatever comes to the guard: $what',
    async ({ name, what }, { expect }) => {
      const host = lab.host(name)
      expect(await reach(name)).toBe('filtered')
      await disturbances[what]?.(host)
      expect(await reach(name)).toBe('filtered')
      await expect.poll(() => reach(name), { timeout: 2_000 * SHORTEST, interval: 100 }).toBe('open')
      const reverted = performance.now()
      expect(reverted - started).toBeGreaterThan(SHORTEST * 1_000)
      expect(reverted - applied).toBeLessThan((SHORTEST + LATE) * 1_000)
      expect(await stateOf(host)).toEqual(before.get(name))
      await until('no service to be left', async () => (await guardUnits(host)).length === 0)
    },
  )

  it.concurrent('has its old rules when it is rebooted meanwhile', async ({ expect }) => {
    const host = lab.host(rebooted)
    expect(await host.succeed('ls /run/mailfw/attempt | grep ^state')).toBe('state.applied\n')
    await host.reboot()
    expect(await stateOf(host)).toEqual(before.get(rebooted))
    expect(await reach(rebooted)).toBe('open')
  })

  it('is in nobody’s way at the next deploy', async () => {
    const deploy = await mailfw(lab, 'deploy', await lab.inventory({ all: OPEN }))
    expect([deploy.code, deploy.summary]).toEqual([0, { confirmed: names.length }])
  })
})
